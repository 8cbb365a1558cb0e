"""Kinds of imports and types of files."""

from enum import StrEnum


class ImportKind(StrEnum):
    CUSTOMERS = "customers"
    PURCHASES = "purchases"


class FileType(StrEnum):
    NDJSON = "ndjson"
    CSV = "csv"
