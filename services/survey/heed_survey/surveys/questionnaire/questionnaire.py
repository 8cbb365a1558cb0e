"""The questionnaire: sections of items, in one or more languages."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

from heed_common.languages import LANGUAGES, Language
from heed_survey.surveys.questionnaire.indicators import IndicatorTree, build_tree
from heed_survey.surveys.questionnaire.items import Item, ItemType, Translated


@dataclass(frozen=True, slots=True)
class Section:
    """A page of items."""

    items: tuple[Item, ...]
    title: Translated | None = None


@dataclass(frozen=True, slots=True)
class Indicator:
    """Text and weight of an inner node of the indicator tree."""

    path: str
    text: Translated | None = None
    weight: Decimal | None = None
    """Among its siblings; without weights they are equal."""

    @property
    def texts(self) -> tuple[Translated, ...]:
        return () if self.text is None else (self.text,)


@dataclass(frozen=True)
class Questionnaire:
    """A version of a survey's questions."""

    title: Translated
    sections: tuple[Section, ...]
    languages: tuple[Language, ...]
    """Languages in which all of its texts exist."""
    indicator_nodes: tuple[Indicator, ...] = ()
    """Texts and weights of indicators; those that only items name have neither."""

    @cached_property
    def items(self) -> tuple[Item, ...]:
        """All items, in their order: of answers' encoding, files and reports."""
        return tuple(item for section in self.sections for item in section.items)

    @cached_property
    def by_code(self) -> dict[str, Item]:
        return {item.code: item for item in self.items}

    @property
    def indicators(self) -> IndicatorTree:
        """The tree of the satisfaction index: its leaves are items with a scale."""
        return self.indicators_of(ItemType.SCALE)

    def indicators_of(self, type_: ItemType) -> IndicatorTree:
        """Return the tree whose leaves are the items of this type: dimensions of pairs have a tree of their own."""
        leaves = [item for item in self.items if item.type is type_ and item.in_tree]
        return build_tree(leaves, {node.path: (node.text, node.weight) for node in self.indicator_nodes})

    @property
    def texts(self) -> Iterator[Translated]:
        yield self.title
        for section in self.sections:
            yield from () if section.title is None else (section.title,)
            for item in section.items:
                yield from item.texts
        for node in self.indicator_nodes:
            yield from node.texts


def complete_languages(questionnaire: Questionnaire) -> tuple[Language, ...]:
    """Return the languages in which no text is missing."""
    texts = [text.languages for text in questionnaire.texts]
    return tuple(language for language in LANGUAGES if all(language in text for text in texts))
