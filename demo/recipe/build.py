"""Builds the training pack from downloaded packages; see README.md. Run by build.sh."""

import argparse
import collections
import multiprocessing
import os
import re

import resvg_py

import icons
import pack
import photos
from heldout import HeldOut

HERE = os.path.dirname(os.path.abspath(__file__))
SIZE = 128
MIN_LOOKS = 4


def rasterise(svg):
    return bytes(resvg_py.svg_to_bytes(svg_string=svg, width=SIZE, height=SIZE))


def sprite_rows(things, sources, found, held_out):
    """Rows of every listed thing in every look that has it, with the SVG beside; refuses what is held out."""
    rows = []
    for t in things:
        reason = held_out.reason(codepoint=t["codepoint"], names=[t["en"]])
        if reason:
            raise SystemExit(f'build.py: things.csv lists {t["en"]}: {reason}; remove the line')
        views = [(s, n, i, svg) for s in sources
                 for i, (n, svg) in enumerate(found[s["set"]].get(t["codepoint"], []))]
        views = [v for v in views if not refused(held_out, v[0], v[1])]
        if len({v[0]["set"] for v in views}) < MIN_LOOKS:
            print(f'left out {t["en"]}: in {len({v[0]["set"] for v in views})} looks of {MIN_LOOKS} needed')
            continue
        rows += [(sprite_row(t, *v[:3]), v[3]) for v in views]
    return rows


def refused(held_out, source, name):
    reason = held_out.reason(set_name=source["set"], names=[name])
    if reason:
        print(f'refused {source["set"]}/{name}: {reason}')
    return reason is not None


def sprite_row(thing, source, name, number):
    key = f'{source["set"]}/{thing["codepoint"]}' + (f"-v{number + 1}" if number else "")
    return dict(key=key, archive="sprites.tar", member=key + ".png", category="sprite", set=source["set"],
                look=source["look_en"], codepoint=thing["codepoint"], name=name, en=thing["en"], ja=thing["ja"],
                kind=thing["kind"], form=thing["form"], plural=thing["plural"] or plural(thing),
                licence=source["licence"])


def plural(thing):
    """The regular English plural; irregular ones are written in things.csv."""
    word = thing["en"]
    if thing["form"]:
        return ""
    if re.search(r"(s|x|z|ch|sh)$", word):
        return word + "es"
    if re.search(r"[^aeiou]y$", word):
        return word[:-1] + "ies"
    return word + "s"


def attribution(sources, sets, emojibase, counts, photo_groups):
    out = []
    for s in sources:
        info = sets[s["set"]].json("info.json")
        out.append(dict(name=f'{info["name"]} (npm @iconify-json/{s["set"]})', version=s["version"],
                        author=info["author"]["name"], url=info["author"].get("url", ""), licence=s["licence"],
                        licence_url=licence_url(s, info), pictures=counts[s["set"]], note=s["note"]))
    for group in photo_groups:
        out.append(dict(photos.SOURCES[group], pictures=counts[group]))
    meta = emojibase.json("package.json")
    author = meta.get("author", "Miles Johnson")
    out.append(dict(name="emojibase-data (codepoints and character names)", version=meta["version"],
                    author=author if isinstance(author, str) else author.get("name", ""), url="https://emojibase.dev",
                    licence=meta["license"], licence_url="https://github.com/milesj/emojibase/blob/master/LICENSE", pictures=0))
    return out


def licence_url(source, info):
    if info["license"]["spdx"] == source["licence"]:
        return info["license"]["url"]
    return {"CC-BY-4.0": "https://creativecommons.org/licenses/by/4.0/"}[source["licence"]]


def main():
    args = parse_args()
    held_out = HeldOut(args.heldout)
    sources = photos.read_csv(os.path.join(HERE, "sources.csv"))
    for s in sources:
        if reason := held_out.reason(set_name=s["set"]):
            raise SystemExit(f"build.py: sources.csv: {reason}; remove the line")
    sets = {s["set"]: icons.Package(os.path.join(args.packages, f'iconify-json-{s["set"]}-{s["version"]}.tgz'))
            for s in sources}
    emojibase = icons.Package(os.path.join(args.packages, "emojibase-data-17.0.0.tgz"))
    names = icons.character_names(sets, emojibase)
    excluded = collections.defaultdict(set)
    for r in photos.read_csv(os.path.join(HERE, "excluded.csv")):
        excluded[r["set"]].add(r["name"])
    found = {s: icons.icons_by_codepoint(s, p, names, excluded[s]) for s, p in sets.items()}
    rows = sprite_rows(photos.read_csv(os.path.join(HERE, "things.csv")), sources, found, held_out)

    os.makedirs(args.out, exist_ok=True)
    at = lambda name: os.path.join(args.out, name)
    with multiprocessing.Pool() as pool:
        pictures = pool.imap(rasterise, [svg for _, svg in rows], chunksize=16)
        pack.write_archive(at("sprites.tar"), zip((r["member"] for r, _ in rows), pictures))
    manifest = [r for r, _ in rows]
    manifest += write_photos(args.photos, held_out, at)
    finish(args, manifest, sources, sets, emojibase, held_out, at)


def write_photos(folder, held_out, at):
    if not folder:
        return []
    rows = list(photos.photo_rows(folder, held_out, photos.read_csv(os.path.join(HERE, "photos.csv"))))
    pack.write_archive(at("photos.tar"), ((r["member"], open(path, "rb").read()) for r, path in rows))
    return [r for r, _ in rows]


def finish(args, manifest, sources, sets, emojibase, held_out, at):
    pack.write_manifest(at("manifest.csv"), manifest)
    counts = collections.Counter(r["set"] for r in manifest)
    groups = [g for g in photos.SOURCES if counts[g]]
    credits = attribution(sources, sets, emojibase, counts, groups)
    pack.write_attribution(at("ATTRIBUTION.md"), credits)
    archives = sorted({r["archive"] for r in manifest})
    pack.write_json(at("pack.json"), dict(
        version=1, size=SIZE, heldout_version=held_out.version,
        looks=[dict(set=s["set"], en=s["look_en"], ja=s["look_ja"]) for s in sources],
        sha256={name: pack.sha256(at(name)) for name in archives + ["manifest.csv"]}, sources=credits))
    things = len({r["codepoint"] for r in manifest if r["codepoint"]})
    print(f"{things} things, {len(manifest)} pictures: " + ", ".join(f"{k} {v}" for k, v in counts.items()))


def parse_args():
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("--packages", required=True, help="folder of the npm packages' .tgz files")
    p.add_argument("--heldout", required=True, help="heldout.json")
    p.add_argument("--out", required=True, help="folder to write the pack to")
    p.add_argument("--photos", help="folder with captions.csv and photos")
    return p.parse_args()


if __name__ == "__main__":
    main()
