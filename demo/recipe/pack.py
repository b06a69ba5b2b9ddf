"""Writes the training pack: tar archives, manifest.csv, pack.json, ATTRIBUTION.md."""

import csv
import hashlib
import io
import json
import os
import tarfile

COLUMNS = ["key", "archive", "member", "category", "set", "look", "codepoint", "name",
           "en", "ja", "kind", "form", "plural", "licence"]


def write_archive(path, members):
    """Writes (name, bytes) pairs as a plain tar that is the same bytes each time."""
    with tarfile.open(path + ".partial", "w", format=tarfile.USTAR_FORMAT) as tar:
        for name, data in members:
            info = tarfile.TarInfo(name)
            info.size, info.mode = len(data), 0o644
            tar.addfile(info, io.BytesIO(data))
    os.replace(path + ".partial", path)


def write_manifest(path, rows):
    with open(path + ".partial", "w", encoding="utf-8", newline="") as f:
        writer = csv.DictWriter(f, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    os.replace(path + ".partial", path)


def sha256(path):
    digest = hashlib.sha256()
    with open(path, "rb") as f:
        while block := f.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def write_json(path, value):
    with open(path + ".partial", "w", encoding="utf-8") as f:
        json.dump(value, f, ensure_ascii=False, indent=1)
        f.write("\n")
    os.replace(path + ".partial", path)


def write_attribution(path, sources):
    lines = ["# Attribution", "", "The pictures of this pack, and models trained on them, use:", ""]
    for s in sources:
        lines.append(f'- **{s["name"]}** {s["version"]} by {s["author"]} ({s["url"]}): {s["licence"]}'
                     f' ({s["licence_url"]}); {s["pictures"]} pictures.'
                     + (f' {s["note"]}' if s.get("note") else ""))
    lines += ["", "Changes made: rasterised or resized; recoloured, cut out and composed with other pictures in training.", ""]
    with open(path + ".partial", "w", encoding="utf-8") as f:
        f.write("\n".join(lines))
    os.replace(path + ".partial", path)
