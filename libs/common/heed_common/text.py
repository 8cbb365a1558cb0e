"""Normal form of text for comparison: texts that read the same compare equal. Stored and shown texts stay unchanged.

It is the only normal form: searches, counts and duplicate detection of all services use it. PostgreSQL's `normalize()`
and `lower()` differ, so columns of normal forms are computed here, in migrations too.
"""

import re
import unicodedata
from functools import lru_cache

IGNORABLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f"
    "\ufeff\uffa0\ufff0-\ufff8\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
"""Unicode's Default_Ignorable_Code_Point: zero width, soft hyphens, directions, fillers, variation selectors."""
INVISIBLE = re.compile(f"[\\s\x00-\x1f\x7f-\x9f\u2800{IGNORABLE.pattern[1:]}")
ACCENTS = re.compile("[\u0300-\u0305\u0307-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]|(?<!и)\u0306")
"""Marks that Latin, Greek and Cyrillic letters carry. A Cyrillic й is a letter of its own, as in Unicode's collation;
marks of other scripts are vowels or change the sound, and stay."""
LETTERS = {"ı": "i", "ø": "o", "ł": "l", "đ": "d", "ħ": "h", "ŧ": "t", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe"}
VARIANTS = str.maketrans(LETTERS | dict.fromkeys("‘’‛ʼʹ′", "'") | dict.fromkeys("‐‒–—―−", "-"))
"""Letters and signs that Unicode does not decompose, but that keyboards omit or programs insert."""


def normalize_for_comparison(text: str) -> str:
    """Return the text in compatibility form, case-folded, without accents and zero width, with single blanks.

    Only a blank text has an empty normal form: one of accents alone keeps them.
    """
    if text.isascii():
        return " ".join(text.casefold().split())
    # Folding may bring forth what decomposes further (ΐ); what it composes to in the end is folded already.
    decomposed = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    folded = IGNORABLE.sub("", decomposed).translate(VARIANTS)
    return _composed(ACCENTS.sub("", folded)) or _composed(folded)


def _composed(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).split())


comparison_key = lru_cache(maxsize=16_384)(normalize_for_comparison)
"""The same with a cache, for frequent names such as those of products and categories."""


def is_blank(text: str) -> bool:
    """Return whether the text has no visible character: it is empty, or only blanks, controls and zero width."""
    return not INVISIBLE.sub("", text)
