"""What a questionnaire is made of. Pure."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from heed_common.contracts.survey import Measure


class SurveyState(StrEnum):
    DRAFT = "draft"
    PUBLISHED = "published"


@dataclass(frozen=True, slots=True)
class Words:
    """A text in both languages."""

    en: str
    zh: str


@dataclass(frozen=True, slots=True)
class Scale:
    """Whole numbers from the unhappiest end to the happiest."""

    lowest: int
    highest: int
    labels: tuple[Words, ...] = ()
    """One for each number, from the lowest up; or none."""


@dataclass(frozen=True, slots=True)
class Item:
    """One question; without a scale it is answered in one's own words."""

    code: str
    text: Words
    measure: Measure
    scale: Scale | None
    about: str | None = None
    """Of a reason, a motive or a barrier: which one."""

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Questionnaire:
    title: str
    items: tuple[Item, ...]


def item_of(stored: Mapping[str, Any]) -> Item:
    """The item that `as_json` wrote."""
    scale = stored["scale"]
    return Item(
        code=stored["code"],
        text=Words(**stored["text"]),
        measure=Measure(stored["measure"]),
        scale=scale and Scale(scale["lowest"], scale["highest"], tuple(Words(**label) for label in scale["labels"])),
        about=stored.get("about"),
    )
