"""Names as searches and sorted lists need them: normal forms, and for Chinese names their readings in pinyin. Pure.

A Chinese character may have several readings, and a surname often has another one than the word: 单 is shan, not dan.
A search finds any plausible reading; a sorted list uses the likeliest one.
"""

from collections.abc import Sequence
from functools import lru_cache
from itertools import groupby, islice, product

from pypinyin import Style, lazy_pinyin, pinyin

from heed_common.text import normalize_for_comparison

SEARCH_VERSION = 2
"""Raise it with every change of these functions: a job computes the columns of all stored customers again."""
SEPARATOR = "\x00"
"""No name contains it."""
MAX_SORT_NAME = 200
MAX_READINGS = 12
"""Readings of one name that are indexed; few names have more."""
MAX_SPOKEN_CHARACTERS = 40
MAX_PERSONAL_NAME = 4
"""Chinese names of people have at most so many characters; of longer names only the likeliest reading is indexed."""
COMPOUND_SURNAMES = {
    "尉迟": ("yu", "chi"),
    "万俟": ("mo", "qi"),
    "长孙": ("zhang", "sun"),
    "澹台": ("tan", "tai"),
    "单于": ("chan", "yu"),
}
SURNAMES = {
    "单": "shan",
    "曾": "zeng",
    "解": "xie",
    "仇": "qiu",
    "查": "zha",
    "朴": "piao",
    "任": "ren",
    "区": "ou",
    "盖": "ge",
    "乐": "yue",
    "缪": "miao",
    "覃": "qin",
    "那": "na",
    "华": "hua",
    "纪": "ji",
    "逄": "pang",
    "翟": "zhai",
    "冼": "xian",
    "洗": "xian",
    "晁": "chao",
    "种": "chong",
    "重": "chong",
    "秘": "bi",
    "燕": "yan",
    "折": "she",
    "黑": "he",
    "谌": "chen",
    "祭": "zhai",
    "员": "yun",
    "繁": "po",
    "宿": "su",
    "葛": "ge",
    "佴": "nai",
    "柏": "bai",
    "车": "che",
    "句": "gou",
    "么": "yao",
    "石": "shi",
    "应": "ying",
    "於": "yu",
    "薄": "bo",
    "臧": "zang",
    "藏": "zang",
    "尉": "wei",
    "郗": "xi",
    "宁": "ning",
    "哈": "ha",
    "召": "shao",
}
"""Characters that are read differently in surnames, or have several readings of which the surname has this one."""


def search_text(name: str | None, external_id: str | None) -> str:
    """Return the text in which searches look for a customer: normal forms and readings, on a line each."""
    forms = [normalize_for_comparison(text) for text in (name, external_id) if text is not None]
    return "\n".join([*forms, *_spoken_forms(name or "")])


def sort_name(name: str) -> str:
    """Return the key by which lists sort the name: a Chinese one belongs where its reading does."""
    normal = normalize_for_comparison(name)
    if not any(map(_is_chinese, normal)):
        return normal[:MAX_SORT_NAME]
    reading = " ".join(" ".join(_likeliest_reading(normal)).split())
    return f"{reading} {normal}"[:MAX_SORT_NAME]


def _spoken_forms(name: str) -> list[str]:
    """Return the readings of a Chinese name without blanks, with u for ü as well, and the initials."""
    characters = "".join(character for character in name if _is_chinese(character))[:MAX_SPOKEN_CHARACTERS]
    if not characters:
        return []
    forms = dict[str, None]()
    for reading in _readings(characters):
        forms |= dict.fromkeys(("".join(reading), "".join(reading).replace("v", "u")))
    initials = "".join(syllable[:1] for syllable in _likeliest_reading(characters))
    return list(forms | {initials: None})


def _readings(characters: str) -> list[Sequence[str]]:
    """Return the plausible readings, the likeliest first."""
    likeliest = _likeliest_reading(characters)
    if len(characters) > MAX_PERSONAL_NAME:
        return [likeliest]
    alternatives = [
        list(dict.fromkeys([syllable, *_readings_of_character(character)]))
        for syllable, character in zip(likeliest, characters, strict=True)
    ]
    return list(islice(product(*alternatives), MAX_READINGS))


@lru_cache(maxsize=10_000)
def _readings_of_character(character: str) -> list[str]:
    return pinyin(character, style=Style.NORMAL, heteronym=True)[0]


@lru_cache(maxsize=10_000)
def _likeliest_reading(text: str) -> Sequence[str]:
    """Return a syllable for each Chinese character, itself where no reading is known, and other text as it is."""
    read = lazy_pinyin(text, style=Style.NORMAL, errors=_separate_rare)
    syllables = [part for syllable in read for part in syllable.split(SEPARATOR)]
    if len(text) <= MAX_PERSONAL_NAME and all(map(_is_chinese, text)):
        if text[:2] in COMPOUND_SURNAMES:
            return [*COMPOUND_SURNAMES[text[:2]], *syllables[2:]]
        syllables[0] = SURNAMES.get(text[0], syllables[0])
    return syllables


def _separate_rare(piece: str) -> str:
    """Return text without a known reading with each rare ideograph separated from what is beside it."""
    pieces: list[str] = []
    for is_chinese, characters in groupby(piece, _is_chinese):
        text = "".join(characters)
        pieces.extend(text if is_chinese else [text])
    return SEPARATOR.join(pieces)


def _is_chinese(character: str) -> bool:
    return (
        "\u4e00" <= character <= "\u9fff"
        or "\u3400" <= character <= "\u4dbf"
        or "\U00020000" <= character <= "\U0003fffd"  # the planes of rare ideographs
    )
