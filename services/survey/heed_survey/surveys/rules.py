"""What a questionnaire is made of. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from heed_common.contracts.survey import Measure
from heed_common.languages import LANGUAGES, Language


class SurveyState(StrEnum):
    DRAFT = "draft"
    PUBLISHED = "published"


@dataclass(frozen=True, slots=True)
class Words:
    """A text in one language or both."""

    en: str | None = None
    zh: str | None = None

    @property
    def languages(self) -> frozenset[Language]:
        return frozenset(language for language in LANGUAGES if getattr(self, language) is not None)


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

    @property
    def texts(self) -> tuple[Words, ...]:
        return (self.text, *(self.scale.labels if self.scale else ()))

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Questionnaire:
    title: str
    items: tuple[Item, ...]
    languages: tuple[Language, ...] | None = None
    """As the caller names them; otherwise all in which its texts are complete."""

    @property
    def asked_in(self) -> tuple[Language, ...]:
        return self.languages or complete_languages(self.items)


def complete_languages(items: Iterable[Item]) -> tuple[Language, ...]:
    """Return the languages in which no text is missing."""
    texts = [text for item in items for text in item.texts]
    return tuple(language for language in LANGUAGES if all(language in text.languages for text in texts))


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
