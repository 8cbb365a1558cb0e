"""Kinds of imports."""

from enum import StrEnum


class ImportKind(StrEnum):
    CUSTOMERS = "customers"
    PURCHASES = "purchases"
