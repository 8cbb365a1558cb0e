"""Questionnaires. Pure."""

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
class Translated:
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
    labels: tuple[Translated, ...] = ()
    """One for each number, from the lowest up; or none."""


@dataclass(frozen=True, slots=True)
class Item:
    """A question; without a scale it is answered with free text."""

    code: str
    text: Translated
    measure: Measure
    scale: Scale | None
    about: str | None = None
    """Code of the reason, motive or barrier that items of these measures ask about."""

    @property
    def texts(self) -> tuple[Translated, ...]:
        return (self.text, *(self.scale.labels if self.scale else ()))

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Questionnaire:
    title: str
    items: tuple[Item, ...]
    languages: tuple[Language, ...] | None = None
    """Languages named by the caller; otherwise all in which its texts are complete."""

    @property
    def effective_languages(self) -> tuple[Language, ...]:
        return self.languages or complete_languages(self.items)


def complete_languages(items: Iterable[Item]) -> tuple[Language, ...]:
    """Return the languages in which no text is missing."""
    texts = [text for item in items for text in item.texts]
    return tuple(language for language in LANGUAGES if all(language in text.languages for text in texts))


def item_from_json(stored: Mapping[str, Any]) -> Item:
    """Return the item that `to_json` has written."""
    scale = stored["scale"]
    labels = tuple(Translated(**label) for label in scale["labels"]) if scale else ()
    return Item(
        code=stored["code"],
        text=Translated(**stored["text"]),
        measure=Measure(stored["measure"]),
        scale=Scale(scale["lowest"], scale["highest"], labels) if scale else None,
        about=stored.get("about"),
    )
