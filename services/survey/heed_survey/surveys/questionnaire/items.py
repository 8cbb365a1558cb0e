"""Items of a questionnaire and their texts."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType

from heed_common.conditions import Condition
from heed_common.contracts.survey import Measure
from heed_common.languages import LANGUAGES, Language


class ItemType(StrEnum):
    """What an item is answered with."""

    SCALE = "scale"
    SINGLE = "single"
    MULTIPLE = "multiple"
    TEXT = "text"
    NUMBER = "number"
    KANO = "kano"
    """A functional and a dysfunctional question, each answered with one of `KanoAnswer`."""
    SERVQUAL = "servqual"
    """Expectation and perception, on one scale."""
    IMPORTANCE = "importance"
    RATING_PAIR = "rating_pair"
    """The own organisation and its competitors, on one scale."""
    WILLINGNESS_TO_PAY = "willingness_to_pay"


class KanoAnswer(StrEnum):
    LIKE = "like"
    EXPECT = "expect"
    NEUTRAL = "neutral"
    LIVE_WITH = "live_with"
    DISLIKE = "dislike"


PARTS: Mapping[ItemType, tuple[str, str]] = MappingProxyType(
    {
        ItemType.KANO: ("functional", "dysfunctional"),
        ItemType.SERVQUAL: ("expectation", "perception"),
        ItemType.RATING_PAIR: ("own", "competitor"),
    }
)
"""Members of an answer that is a pair."""
SCALED = frozenset({ItemType.SCALE, ItemType.SERVQUAL, ItemType.IMPORTANCE, ItemType.RATING_PAIR})
"""Types that are answered by whole numbers on a scale."""
WITH_OPTIONS = frozenset({ItemType.SINGLE, ItemType.MULTIPLE})


@dataclass(frozen=True, slots=True)
class Translated:
    """A text in one language or both."""

    en: str | None = None
    zh: str | None = None

    @property
    def languages(self) -> frozenset[Language]:
        return frozenset(language for language in LANGUAGES if getattr(self, language) is not None)

    def text(self, language: Language) -> str:
        """Return the text in the language; in another one where it does not exist."""
        return next(filter(None, (getattr(self, name) for name in (language, *LANGUAGES))), "")


@dataclass(frozen=True, slots=True)
class Scale:
    """Whole numbers from the unhappiest end to the happiest; of a reversed item the other way round."""

    lowest: int
    highest: int
    labels: tuple[Translated, ...] = ()
    """One for each number, from the lowest up; or one for each end; or none."""

    @property
    def size(self) -> int:
        return self.highest - self.lowest + 1

    def label(self, value: int) -> Translated | None:
        """Return the label of a value; of a scale with labelled ends only these have one."""
        if len(self.labels) == self.size:
            return self.labels[value - self.lowest]
        ends = dict(zip((self.lowest, self.highest), self.labels, strict=False))
        return ends.get(value)

    def mirrored(self, value: int) -> int:
        """Return the value that is as far from the other end."""
        return self.lowest + self.highest - value

    def __contains__(self, value: object) -> bool:
        return isinstance(value, int) and not isinstance(value, bool) and self.lowest <= value <= self.highest


DEFAULT_SCALES: Mapping[ItemType, Scale] = MappingProxyType(
    {ItemType.SERVQUAL: Scale(1, 7), ItemType.IMPORTANCE: Scale(1, 5), ItemType.RATING_PAIR: Scale(1, 10)}
)
"""Scales of items that name none."""


@dataclass(frozen=True, slots=True)
class Option:
    """A choice of an item with options."""

    code: str
    text: Translated


@dataclass(frozen=True, slots=True)
class Item:
    """A question."""

    code: str
    text: Translated
    type: ItemType
    measure: Measure = Measure.OTHER
    scale: Scale | None = None
    options: tuple[Option, ...] = ()
    required: bool = False
    show_if: Condition | None = None
    """Condition on the answers to earlier items; without one it is always shown."""
    about: str | None = None
    """Code of the reason, motive or barrier that items of these measures ask about.

    Of an importance: the item or the indicator that is important.
    """
    reversed: bool = False
    """Whether the lowest number of its scale is the happiest end, as of a complaint to agree with."""
    reverse_of: str | None = None
    """Code of the earlier item that is worded in the opposite sense: this one is reversed then."""
    requirement: str | None = None
    indicator: str | None = None
    """Path of the indicator in the tree that the item belongs to."""
    weight: Decimal | None = None
    """Among the children of its indicator."""

    @property
    def texts(self) -> tuple[Translated, ...]:
        labels = self.scale.labels if self.scale else ()
        return (self.text, *labels, *(option.text for option in self.options))

    @property
    def parts(self) -> tuple[str, ...]:
        """Members of its answer; empty for an answer that is a single value."""
        return PARTS.get(self.type, ())

    @property
    def fields(self) -> tuple[str, ...]:
        """Names of its values in conditions and files: its code, or one for each member of a pair."""
        return tuple(f"{self.code}.{part}" for part in self.parts) or (self.code,)

    @property
    def is_reversed(self) -> bool:
        """Whether its values count from the other end wherever they are calculated with."""
        return self.reversed or self.reverse_of is not None

    @property
    def in_tree(self) -> bool:
        return self.indicator is not None or self.weight is not None
