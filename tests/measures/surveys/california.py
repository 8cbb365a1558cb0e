"""Three samples of the schools of California, read beside the repository when present (they are not copied into it)."""

import csv
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from heed_measures.surveys.design import Design

FOLDER = Path(__file__).resolve().parents[4] / "shared" / "data" / "api"
TEXTS = {"stype", "awards", "sch.wide"}


@cache
def schools(name):
    """Return the columns of one sample: text as such, numbers as floats."""
    path = FOLDER / f"{name}.csv"
    if not path.exists():
        pytest.skip("The samples of California's schools lie beside the repository; they are not here.")
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return {
        key: np.array([row[key] for row in rows], dtype=str if key in TEXTS else float)
        for key in rows[0]
        if key != "cds"
    }


def simple():
    sample = schools("apisrs")
    return sample, Design.from_populations(sample["fpc"])


def stratified():
    sample = schools("apistrat")
    return sample, Design.from_populations(sample["fpc"], strata=sample["stype"])


def clusters():
    sample = schools("apiclus1")
    return sample, Design(sample["pw"], clusters=sample["dnum"], population=sample["fpc"])
