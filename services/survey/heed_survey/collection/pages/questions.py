"""Items as questions with their controls, in one language."""

from collections.abc import Mapping

from heed_common.languages import Language
from heed_survey.collection.pages.fields import Fields, control_names
from heed_survey.collection.pages.parsing import FieldError
from heed_survey.collection.pages.texts import ERROR_TEXTS, PAGE_TEXTS
from heed_survey.collection.pages.view import Choice, Group, GroupKind, Question
from heed_survey.responses.answers import MAX_TEXT
from heed_survey.surveys.questionnaire.items import Item, ItemType, KanoAnswer, Scale

MAX_LABELLED_LIST = 7
"""Labelled scales up to this size are a list, longer ones a row of numbers whose ends have labels."""
KINDS: Mapping[ItemType, GroupKind] = {
    ItemType.MULTIPLE: "several",
    ItemType.TEXT: "text",
    ItemType.NUMBER: "number",
    ItemType.WILLINGNESS_TO_PAY: "number",
}


def build_question(
    item: Item, position: int, *, fields: Fields, errors: Mapping[str, FieldError], currency: str, language: Language
) -> Question:
    """Return the question; its ids contain its position, which is unique on all pages."""
    names = control_names(item)
    wrong = [errors[name] for name in names.values() if name in errors]
    return Question(
        id=f"q{position}",
        text=item.text.text(language),
        groups=tuple(
            _group(item, part, name, f"q{position}-{part}" if part else f"q{position}", fields, errors, language)
            for part, name in names.items()
        ),
        required=item.required,
        hint=_hint(item, currency=currency, language=language),
        error=_error_text(wrong[0], language) if wrong else "",
    )


def _group(
    item: Item,
    part: str,
    name: str,
    id_: str,
    fields: Fields,
    errors: Mapping[str, FieldError],
    language: Language,
) -> Group:
    kind = _kind(item)
    return Group(
        id=id_,
        name=name,
        kind=kind,
        choices=_choices(item, id_, kind, language),
        values=fields.get(name, ()),
        label=PAGE_TEXTS[part][language] if part else "",
        ends=_ends(item.scale, language) if kind == "numbers" and item.scale else None,
        limit=MAX_TEXT if kind == "text" else None,
        is_wrong=name in errors,
    )


def _kind(item: Item) -> GroupKind:
    if item.scale is None:
        return KINDS.get(item.type, "list")
    is_list = not item.parts and len(item.scale.labels) == item.scale.size <= MAX_LABELLED_LIST
    return "list" if is_list else "numbers"


def _choices(item: Item, id_: str, kind: GroupKind, language: Language) -> tuple[Choice, ...]:
    if item.type is ItemType.KANO:
        return tuple(Choice(f"{id_}-{code}", code, PAGE_TEXTS[code][language]) for code in KanoAnswer)
    if item.scale is None:
        numbered = enumerate(item.options)
        return tuple(Choice(f"{id_}-{index}", each.code, each.text.text(language)) for index, each in numbered)
    return tuple(_scale_choice(item.scale, value, id_, kind, language) for value in _values(item.scale))


def _scale_choice(scale: Scale, value: int, id_: str, kind: GroupKind, language: Language) -> Choice:
    label = scale.label(value)
    meaning = label.text(language) if label else ""
    # Negative numbers would give an id with two hyphens.
    control = f"{id_}-{value - scale.lowest}"
    if kind == "list":
        return Choice(control, str(value), meaning)
    return Choice(control, str(value), str(value), meaning)


def _ends(scale: Scale, language: Language) -> tuple[str, str] | None:
    lowest, highest = scale.label(scale.lowest), scale.label(scale.highest)
    return (lowest.text(language), highest.text(language)) if lowest and highest else None


def _values(scale: Scale) -> range:
    return range(scale.lowest, scale.highest + 1)


def _hint(item: Item, *, currency: str, language: Language) -> str:
    hints = {
        ItemType.MULTIPLE: "several",
        ItemType.NUMBER: "number",
        ItemType.WILLINGNESS_TO_PAY: "money",
        ItemType.TEXT: "personal_data",
    }
    name = hints.get(item.type)
    return PAGE_TEXTS[name][language].format(currency=currency) if name else ""


def _error_text(error: FieldError, language: Language) -> str:
    return ERROR_TEXTS[error.kind][language].format_map(error.values)
