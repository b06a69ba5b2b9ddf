"""What no training picture may be: the rules of heldout.json."""

import json
import re

_DROPPED = re.compile(r"fe0f|1f3f[b-f]")


def normalise(codepoints):
    """Lower-case codepoints joined by "-", without fe0f and skin tones."""
    parts = codepoints.lower().replace("_", "-").split("-")
    return "-".join(p for p in parts if p and not _DROPPED.fullmatch(p))


class HeldOut:
    """Says why a picture is refused; None when it is not."""

    def __init__(self, path):
        with open(path, encoding="utf-8") as f:
            rules = json.load(f)
        self.version = rules["version"]
        self.sets = set(rules["exclude_sets"]) | set(rules["exclude_sets_licence"])
        self.codepoints = {normalise(c) for c in rules["exclude_codepoints"]}
        self.pattern = re.compile(rules["name_pattern"])

    def reason(self, set_name="", codepoint="", names=()):
        if set_name in self.sets:
            return f"set {set_name} is held out"
        if codepoint and normalise(codepoint) in self.codepoints:
            return f"codepoint {normalise(codepoint)} is held out"
        for name in names:
            match = self.pattern.search(re.sub(r"[\W_]+", " ", name))
            if match:
                return f"name {name!r} matches the held-out pattern at {match.group(0)!r}"
        return None
