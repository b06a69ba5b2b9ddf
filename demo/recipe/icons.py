"""Reads icon sets in Iconify JSON and finds the codepoint that each icon draws."""

import json
import re
import tarfile

from heldout import normalise

_SKIN = re.compile(r"1f3f[b-f]")
# Numbered variants of one character: bird-1, bird-2.
_NUMBERED = re.compile(r"-\d$")
# Icons whose own name is none of the character's names, or another's.
_RENAMED = {
    "fxemoji": {
        # These five draw the face; the whole animal is in NAMEside.
        "cat": "1f431", "dog": "1f436", "mouse": "1f42d", "pig": "1f437", "tiger": "1f42f",
        "bolt": "26a1", "bouquetofflowers": "1f490", "bullhorn": "1f4e3", "bunnyside": "1f407",
        "catside": "1f408", "chilipepper": "1f336", "dogside": "1f415", "dragonhead": "1f432",
        "dragonside": "1f409", "evergreen": "1f332", "fallingleaf": "1f342", "forkknife": "1f374",
        "hampster": "1f439", "heels": "1f460", "leopardside": "1f406", "makeupbag": "1f45d",
        "mensshoe": "1f45e", "mouseside": "1f401", "pigside": "1f416", "pigsnout": "1f43d",
        "pinkwallet": "1f45b", "present": "1f381", "racecar": "1f3ce", "sandals": "1f461",
        "studiomic": "1f399", "tie": "1f454", "tigerside": "1f405", "umbrella": "1f302",
        "womansshirt": "1f45a",
    },
}


def squeeze(name):
    return re.sub(r"[^a-z0-9]", "", name.lower())


class Package:
    """One npm package as a tar archive, read without unpacking it."""

    def __init__(self, path):
        self.tar = tarfile.open(path)

    def json(self, member, default=None):
        try:
            return json.load(self.tar.extractfile("package/" + member))
        except KeyError:
            if default is None:
                raise
            return default


def character_names(sets, emojibase):
    """Squeezed name -> codepoint, from every source that states both."""
    names = {}
    for package in sets.values():
        for codepoint, name in package.json("chars.json", {}).items():
            if not _SKIN.search(codepoint):
                names.setdefault(squeeze(name), normalise(codepoint))
    for entry in emojibase.json("en/data.json"):
        names.setdefault(squeeze(entry["label"]), normalise(entry["hexcode"]))
    for codepoint, name in emojibase.json("meta/unicode-names.json").items():
        names.setdefault(squeeze(name), normalise(codepoint))
    return names


def icons_by_codepoint(set_name, package, names, excluded):
    """Codepoint -> list of (icon name, SVG text) in order of name, without the excluded names."""
    data = package.json("icons.json")
    own = {}
    for codepoint, name in package.json("chars.json", {}).items():
        if not _SKIN.search(codepoint):
            own.setdefault(name, normalise(codepoint))
    renamed = _RENAMED.get(set_name, {})
    found = {}
    for name, icon in sorted(data["icons"].items()):
        if icon.get("hidden") or name in excluded:
            continue
        codepoint = (renamed.get(name) or own.get(name) or names.get(squeeze(name))
                     or names.get(squeeze(_NUMBERED.sub("", name))))
        if codepoint:
            found.setdefault(codepoint, []).append((name, _svg(data, icon)))
    return found


def _svg(data, icon):
    width = icon.get("width", data.get("width", 16))
    height = icon.get("height", data.get("height", 16))
    box = f'{icon.get("left", 0)} {icon.get("top", 0)} {width} {height}'
    return ('<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
            f'viewBox="{box}" width="{width}" height="{height}">{icon["body"]}</svg>')
