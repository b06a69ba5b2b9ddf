"""Reads the files of `go run ./bench/stamp FOLDER` with c2pa-python, the binding of
the Content Authenticity Initiative's own library, and compares what it says with ours:

    VENV/bin/pip install c2pa-python==0.38.1
    VENV/bin/python bench/c2pa_check.py FOLDER

Each file is read without a list of trusted roots, where a whole one is "Valid" with
the signer untrusted, and with FOLDER/root.pem as a trust anchor, where it is "Trusted". Exits
with status 1 where the two readers disagree, on the state or on a reason.
"""

import json
import pathlib
import sys

import c2pa

MEDIA = {".png": "image/png", ".jpg": "image/jpeg"}
STATES = {"Trusted": "trusted", "Valid": "valid", "Invalid": "invalid"}


def read(path: pathlib.Path, context: c2pa.Context) -> dict:
    """What c2pa-python says of one file: the state and the codes of all failures."""
    try:
        with path.open("rb") as stream:
            report = json.loads(c2pa.Reader(MEDIA[path.suffix], stream, context=context).json())
    except c2pa.C2paError as error:
        return {"state": "Invalid", "codes": ["gave up: " + str(error).strip(": ")]}
    failures = report["validation_results"]["activeManifest"]["failure"]
    return {"state": report["validation_state"], "codes": sorted({f["code"] for f in failures})}


def main(folder: pathlib.Path) -> int:
    anchor = (folder / "root.pem").read_text()
    plain = c2pa.Context.from_dict({"verify": {"verify_trust": True}})
    trusting = c2pa.Context.from_dict(
        {"verify": {"verify_trust": True}, "trust": {"user_anchors": anchor, "trust_config": "1.3.6.1.4.1.62558.2.1\n"}}
    )
    wrong = 0
    print("| file | c2pa-python | with our root | its reasons | ours |\n|---|---|---|---|---|")
    for ours in json.loads((folder / "said.json").read_text()):
        path = folder / ours["file"]
        alone, known = read(path, plain), read(path, trusting)
        codes = {c for c in known["codes"] if ": " not in c}  # else it gave up reading
        agree = STATES.get(known["state"]) == ours["state"] and codes <= set(ours["codes"])
        if ours["state"] == "trusted":
            agree = agree and alone["state"] == "Valid" and alone["codes"] == ["signingCredential.untrusted"]
        wrong += not agree
        print(
            f"| {ours['file']} | {alone['state']} | {known['state']} | {', '.join(known['codes']) or '-'} |"
            f" {ours['state']}{': ' if ours['why'] else ''}{', '.join(ours['why'])}{'' if agree else ' (DISAGREE)'} |"
        )
    return 1 if wrong else 0


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    sys.exit(main(pathlib.Path(sys.argv[1])))
