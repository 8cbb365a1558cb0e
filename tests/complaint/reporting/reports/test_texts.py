"""Texts of the reports in both languages, and their glyphs."""

import re

import pytest
from matplotlib.font_manager import FontProperties, findfont
from matplotlib.ft2font import FT2Font

from heed_complaint.reporting.reports import texts as words
from heed_plots import canvas, numbers


def test_all_texts_can_be_drawn_with_the_bundled_fonts():
    latin = findfont(FontProperties(family="DejaVu Sans"))
    known = {*FT2Font(latin).get_charmap(), *FT2Font(canvas.FONT).get_charmap()}
    needed = {character for texts in words.TEXTS.values() for text in texts for character in text}
    assert not {character for character in needed if ord(character) not in known}


def test_both_languages_have_the_same_placeholders():
    for key, texts in words.TEXTS.items():
        places = [{match.split(":")[0] for match in re.findall(r"{([^}|]+)}", text)} for text in texts]
        assert places[0] == places[1], key


@pytest.mark.parametrize(
    ("seconds", "english", "chinese"),
    [
        (None, "–", "–"), (2.4, "2 s", "2秒"),
        (90, "2 min", "2分钟"), (7200, "2 h", "2小时"), (90_000, "25 h", "25小时"),
        (172_800, "2 d", "2天"), (31 * 86_400, "31 d", "31天"),
    ],
)  # fmt: skip
def test_durations_are_shown_in_a_unit_that_fits_their_size(seconds, english, chinese):
    assert (numbers.duration("en", seconds), numbers.duration("zh", seconds)) == (english, chinese)
