"""Labels that fit the room of a plot."""

import unicodedata
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heed_plots.labels import ELLIPSIS, fit_label, short_ids, without_controls

TEXTS = st.text(alphabet="abc déÜ王婷馨。-\n ", max_size=60)


def shown_width(line):
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in line)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("service", "service"),
        ("late delivery", "late\ndelivery"),
        ("送货迟到且无人接听", "送货迟到\n且无人接…"),
        ("Kundendienst", "Kundendi\nenst"),
        ("out of stock again", "out of\nstock…"),
        ("", ""),
    ],
)
def test_a_long_label_is_wrapped_and_only_then_cut(text, shown):
    assert fit_label(text, width=9 if "送" in text or "late" in text else 8) == shown


@given(TEXTS, st.integers(2, 12), st.integers(1, 3))
def test_no_line_is_wider_than_the_room_and_nothing_is_lost_without_an_ellipsis(text, width, lines):
    label = fit_label(text, width=width, lines=lines)
    parts = label.split("\n")
    assert len(parts) <= lines
    assert all(shown_width(part) <= width for part in parts)
    letters = "".join(text.split())
    if label.endswith(ELLIPSIS):
        assert letters.startswith("".join(label.split()).removesuffix(ELLIPSIS))
    else:
        assert "".join(label.split()) == letters


def test_no_line_begins_with_a_closing_mark_or_ends_with_an_opening_bracket():
    assert fit_label("可增加期数（periods=）。", width=12) == "可增加期数\n（periods=…"
    assert fit_label("送货迟到，无人接听", width=9, lines=3) == "送货迟\n到，无人\n接听"


def test_marks_that_turn_or_hide_text_are_left_out():
    assert without_controls("evil\u202egnp.exe\x00 ❤\ufe0f") == "evilgnp.exe ❤"


@given(st.lists(st.uuids(), max_size=12, unique=True))
def test_short_ids_differ_and_are_the_ends_of_their_ids(ids):
    found = short_ids(ids)
    assert len(set(found)) == len(ids)
    assert all(each.hex.endswith(text.removeprefix(ELLIPSIS)) for each, text in zip(ids, found, strict=True))


def test_ids_that_end_alike_are_shown_longer():
    assert short_ids([UUID(int=1), UUID(int=1 + 16**9)]) == ["…0000000001", "…1000000001"]
