"""Openly licensed photos with captions.csv (file, group, class, en, ja) as pack rows."""

import csv
import os

LICENCES = {"clothing": "CC0-1.0", "produce": "MIT"}
SOURCES = {
    "clothing": dict(name="Clothing dataset (subset)", version="small", author="Alexey Grigorev and contributors",
                     url="https://github.com/alexeygrigorev/clothing-dataset-small", licence="CC0-1.0",
                     licence_url="https://creativecommons.org/publicdomain/zero/1.0/"),
    "produce": dict(name="Grocery Store Dataset (fruit and vegetables)", version="2019",
                    author="Marcus Klasson, Copyright (c) 2019", url="https://github.com/marcusklasson/GroceryStoreDataset",
                    licence="MIT", licence_url="https://github.com/marcusklasson/GroceryStoreDataset/blob/master/LICENSE"),
}


def read_csv(path):
    with open(path, encoding="utf-8", newline="") as f:
        return list(csv.DictReader(f))


def photo_rows(folder, held_out, labels):
    """Yields (row, path of the file); raises SystemExit on a held-out photo."""
    labels = {r["class"]: r for r in labels}
    for r in read_csv(os.path.join(folder, "captions.csv")):
        label = labels.get(r["class"], dict(r, form="", plural=""))
        reason = held_out.reason(names=[r["class"], r["en"], label["en"], os.path.basename(r["file"])])
        if reason:
            raise SystemExit(f'build.py: photo {r["file"]}: {reason}; remove it from {folder}')
        stem = os.path.splitext(r["file"])[0]
        yield dict(key="photos/" + stem, archive="photos.tar", member=r["file"], category="photo",
                   set=r["group"], look="photo", codepoint="", name=r["class"], en=label["en"], ja=label["ja"],
                   kind=r["group"], form=label["form"], plural=label["plural"],
                   licence=LICENCES[r["group"]]), os.path.join(folder, r["file"])
