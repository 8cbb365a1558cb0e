"""Characters that the font of the pictures has."""

import pytest
from matplotlib.ft2font import FT2Font

from heed_plots import canvas

NAMES_BEYOND_GB_2312 = "喆珺翀祎玥旻赟堃昇頔犇"
RARE_SURNAMES, TRADITIONAL = "逯郗亓璩缑殳郜妫", "張劉陳楊趙龍鳳廣東灣"


@pytest.fixture(scope="module")
def font():
    return FT2Font(canvas.FONT)


def gb_2312():
    """Yield the characters of both levels."""
    for row in range(0xB0, 0xF8):
        for cell in range(0xA1, 0xFF):
            if (row, cell) < (0xD7, 0xFA) or row > 0xD7:
                yield bytes((row, cell)).decode("gb2312")


def test_every_character_of_gb_2312_can_be_drawn(font):
    characters = list(gb_2312())
    assert len(characters) == 6763
    assert not [character for character in characters if not font.get_char_index(ord(character))]


@pytest.mark.parametrize("text", ["婷馨鑫", NAMES_BEYOND_GB_2312, RARE_SURNAMES, TRADITIONAL])
def test_names_of_people_are_no_boxes(font, text):
    font.load_glyph(0)
    box = font.get_path()[0].tolist()
    for character in text:
        font.load_char(ord(character))
        outline = font.get_path()[0].tolist()
        assert len(outline) > 8
        assert outline != box
