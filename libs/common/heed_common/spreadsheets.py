"""Cells of CSV files that people open in spreadsheets. Pure."""

BYTE_ORDER_MARK = "\ufeff"
"""Spreadsheets need it to decode Chinese labels."""
FORMULA_PREFIXES = ("=", "+", "-", "@", "\t", "\r")
"""Spreadsheets execute cells that begin so, and many cells are user input."""


def neutralize_formula(cell: object) -> object:
    """Return the cell, quoted if a spreadsheet would execute it; numbers, also negative ones, stay numbers."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(FORMULA_PREFIXES) and not _is_number(cell) else cell


def _is_number(cell: str) -> bool:
    return cell.removeprefix("-").replace(".", "", 1).isdecimal() and cell.isascii()
