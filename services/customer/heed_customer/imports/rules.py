"""Options of imports, and settings of their processing. Pure: no clock, no tables."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from heed_common.encryption import FieldCipher
from heed_customer.item_results import OnConflict


@dataclass(frozen=True, slots=True)
class ImportOptions:
    """How to treat the file."""

    on_conflict: OnConflict = OnConflict.REJECT
    dry_run: bool = False
    """Report what the import would do, and change nothing."""
    mapping: Mapping[str, str | None] | None = None
    """Fields by the normalised names of the file's columns; None for a column to ignore."""


@dataclass(frozen=True, slots=True)
class ProcessingSettings:
    """Settings of the service that the processing of imports needs."""

    default_margin: Decimal
    earliest: date
    country: str | None
    """Of telephone numbers without a country code."""
    cipher: FieldCipher
