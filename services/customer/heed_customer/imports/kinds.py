"""Kinds of imports and formats of files."""

from enum import StrEnum


class Kind(StrEnum):
    CUSTOMERS = "customers"
    PURCHASES = "purchases"


class Format(StrEnum):
    NDJSON = "ndjson"
    CSV = "csv"
