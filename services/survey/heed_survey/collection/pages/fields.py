"""Names and values of the controls of an item: what the form shows filled in, and what it sends."""

from collections.abc import Mapping
from typing import Any

from heed_survey.surveys.questionnaire.items import Item

PREFIX = "q."
"""Before the names of items' controls, so that no code of an item is the name of another control."""

Fields = Mapping[str, tuple[str, ...]]
"""Values by the name of the control, as a browser sends them."""


def control_names(item: Item) -> dict[str, str]:
    """Return the name of the control by the member of the answer; the key is empty for a single value."""
    return {part: f"{PREFIX}{name}" for part, name in zip(item.parts or ("",), item.fields, strict=True)}


def filled_fields(items: tuple[Item, ...], answers: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    """Return the controls of the items as these answers fill them in."""
    filled: dict[str, tuple[str, ...]] = {}
    for item in items:
        answer = answers.get(item.code)
        if answer is None:
            continue
        for part, name in control_names(item).items():
            filled[name] = _texts(answer.get(part) if part else answer)
    return filled


def _texts(value: object) -> tuple[str, ...]:
    if isinstance(value, list | tuple):
        return tuple(str(each) for each in value)
    return () if value is None else (str(value),)
