"""The questionnaire as a JSON document: stored, exported and imported in this one form."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from heed_common import conditions
from heed_common.contracts.survey import Measure
from heed_common.fields import format_decimal
from heed_survey.surveys.questionnaire.conditions import condition_fields
from heed_survey.surveys.questionnaire.conditions import to_document as condition_to_document
from heed_survey.surveys.questionnaire.items import Item, ItemType, Option, Scale, Translated
from heed_survey.surveys.questionnaire.questionnaire import Indicator, Questionnaire, Section

Document = Mapping[str, Any]


def to_document(questionnaire: Questionnaire) -> dict[str, Any]:
    """Return the questionnaire as JSON, without the members that are not set."""
    return _without_gaps(
        title=_text(questionnaire.title),
        languages=list(questionnaire.languages),
        sections=[
            _without_gaps(title=_text(section.title), items=[item_to_document(item) for item in section.items])
            for section in questionnaire.sections
        ],
        indicators=[
            _without_gaps(path=node.path, text=_text(node.text), weight=_decimal(node.weight))
            for node in questionnaire.indicator_nodes
        ],
    )


def from_document(document: Document) -> Questionnaire:
    """Return the questionnaire that `to_document` has written."""
    earlier: list[Item] = []
    sections = [_section(section, earlier) for section in document.get("sections", ())]
    return Questionnaire(
        title=Translated(**document["title"]),
        sections=tuple(sections),
        languages=tuple(document["languages"]),
        indicator_nodes=tuple(_indicator(node) for node in document.get("indicators", ())),
    )


def item_to_document(item: Item) -> dict[str, Any]:
    """Return the item as JSON, without the members that are not set."""
    return _without_gaps(
        code=item.code,
        text=_text(item.text),
        type=str(item.type),
        scale=_scale_to_document(item.scale),
        options=[{"code": option.code, "text": _text(option.text)} for option in item.options],
        required=item.required,
        show_if=None if item.show_if is None else condition_to_document(item.show_if),
        measure=str(item.measure),
        about=item.about,
        reversed=item.reversed,
        reverse_of=item.reverse_of,
        requirement=item.requirement,
        indicator=item.indicator,
        weight=_decimal(item.weight),
    )


def _section(document: Document, earlier: list[Item]) -> Section:
    """Return the section and append its items to the earlier ones, on which conditions of later ones may be."""
    first = len(earlier)
    for item in document["items"]:
        earlier.append(_item(item, earlier))
    title = document.get("title")
    return Section(tuple(earlier[first:]), None if title is None else Translated(**title))


def _item(document: Document, earlier: Sequence[Item]) -> Item:
    scale, show_if = document.get("scale"), document.get("show_if")
    return Item(
        code=document["code"],
        text=Translated(**document["text"]),
        type=ItemType(document["type"]),
        measure=Measure(document.get("measure", Measure.OTHER)),
        scale=None if scale is None else _scale(scale),
        options=tuple(Option(option["code"], Translated(**option["text"])) for option in document.get("options", ())),
        required=document.get("required", False),
        show_if=None if show_if is None else conditions.parse(show_if, condition_fields(earlier)),
        about=document.get("about"),
        reversed=document.get("reversed", False),
        reverse_of=document.get("reverse_of"),
        requirement=document.get("requirement"),
        indicator=document.get("indicator"),
        weight=_weight(document),
    )


def _scale(document: Document) -> Scale:
    labels = tuple(Translated(**label) for label in document.get("labels", ()))
    return Scale(document["lowest"], document["highest"], labels)


def _scale_to_document(scale: Scale | None) -> dict[str, Any] | None:
    if scale is None:
        return None
    return _without_gaps(lowest=scale.lowest, highest=scale.highest, labels=[_text(label) for label in scale.labels])


def _indicator(document: Document) -> Indicator:
    text = document.get("text")
    return Indicator(document["path"], None if text is None else Translated(**text), _weight(document))


def _weight(document: Document) -> Decimal | None:
    weight = document.get("weight")
    return None if weight is None else Decimal(weight)


def _decimal(value: Decimal | None) -> str | None:
    return None if value is None else format_decimal(value)


def _text(text: Translated | None) -> dict[str, str] | None:
    return None if text is None else _without_gaps(en=text.en, zh=text.zh)


def _without_gaps(**members: Any) -> dict[str, Any]:  # noqa: ANN401 JSON
    return {name: value for name, value in members.items() if not (value is None or value is False or value == [])}
