"""Phrases of a factor: its input values and its effect, in each language."""

from collections.abc import Mapping
from typing import NamedTuple

from heed_common.languages import Language


class ObservedValue(str):
    """An input value of a factor; `{0:day|days}` is followed by the singular or the plural."""

    def __format__(self, spec: str) -> str:
        one, _, many = spec.partition("|")
        return f"{self!s} {one if self == '1' else many}" if spec else str(self)


class Phrase(NamedTuple):
    """Texts of a factor: `seen` and `sentence` hold placeholders of its input values, `sentence` also `{effect}`."""

    seen: str
    sentence: str


FactorPhrases = Mapping[str, Mapping[Language, Phrase]]
"""Phrases by factor and language."""
