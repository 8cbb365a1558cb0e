"""What an article is. Pure."""

from dataclasses import dataclass

from heed_common.languages import Language

Words = dict[Language, str]


@dataclass(frozen=True, slots=True)
class Advice:
    """An article as an operator writes it."""

    category: str
    place: int
    title: Words
    text: Words


def fitting(category: str) -> tuple[str, ...]:
    """Whose articles help with it: its own, and those of its first level."""
    return tuple(dict.fromkeys((category, category.partition(".")[0])))
