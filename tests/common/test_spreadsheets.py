"""Cells that a spreadsheet would execute."""

import pytest

from heed_common.spreadsheets import neutralize_formula


@pytest.mark.parametrize(
    ("cell", "written"),
    [
        ("=1", "'=1"),
        ("+a", "'+a"),
        ("-a", "'-a"),
        ("@a", "'@a"),
        ("\ta", "'\ta"),
        ("-3.20", "-3.20"),
        (-3, -3),
        (None, None),
    ],
)
def test_negative_amounts_stay_numbers(cell, written):
    assert neutralize_formula(cell) == written
