"""What a factor saw and did, as a phrase in each language."""

from collections.abc import Mapping
from typing import NamedTuple

from heed_common.languages import Language


class ObservedValue(str):
    """What a factor saw. As `{0:day|days}` it is followed by the one word or the other, as its number wants it."""

    def __format__(self, spec: str) -> str:
        one, _, many = spec.partition("|")
        return f"{self!s} {one if self == '1' else many}" if spec else str(self)


class Phrase(NamedTuple):
    """`seen` and `sentence` hold the places of what was seen; `sentence` also `{effect}`."""

    seen: str
    sentence: str


FactorPhrases = Mapping[str, Mapping[Language, Phrase]]
"""By factor and language."""
