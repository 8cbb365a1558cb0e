"""What a factor saw and did, as a phrase in each language."""

from collections.abc import Mapping
from typing import NamedTuple

from heed_common.languages import Language


class Words(NamedTuple):
    """`seen` and `sentence` hold the places of what was seen; `sentence` also `{effect}`."""

    seen: str
    sentence: str


Phrases = Mapping[str, Mapping[Language, Words]]
"""By factor and language."""
