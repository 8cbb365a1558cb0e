"""Content of a help article. Pure."""

from dataclasses import dataclass

from heed_common.languages import Language

Translated = dict[Language, str]


@dataclass(frozen=True, slots=True)
class ArticleContent:
    """An article as an operator writes it."""

    category: str
    position: int
    title: Translated
    text: Translated


def categories_for(category: str) -> tuple[str, ...]:
    """Return the categories whose articles help with this one: itself and its first level."""
    return tuple(dict.fromkeys((category, category.partition(".")[0])))
