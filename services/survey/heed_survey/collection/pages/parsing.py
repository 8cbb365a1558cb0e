"""The answers of a submitted page, and what is wrong with them beside which control."""

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from heed_common.strict_json import UNSTORABLE
from heed_common.text import is_blank
from heed_survey.collection.pages.fields import Fields, control_names
from heed_survey.responses.answers import MAX_NUMBER, MAX_TEXT
from heed_survey.surveys.questionnaire.items import Item, ItemType, KanoAnswer

NUMBER = re.compile(r"[+-]?(\d+|\d{1,3}(,\d{3})+)(\.\d{1,4})?", re.ASCII)
MAX_DIGITS = 40
AROUND_NUMBERS = " ¥$€£元圆块"
"""What people write beside an amount."""


@dataclass(frozen=True, slots=True)
class FieldError:
    """What is wrong with a control: a key of `ERROR_TEXTS` with the values of the text."""

    kind: str
    values: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ParsedPage:
    """Answers by item code, and errors by the name of the control."""

    answers: dict[str, Any]
    errors: dict[str, FieldError]


MISSING = FieldError("missing")


class _Wrong(Exception):
    def __init__(self, kind: str, **values: object) -> None:
        super().__init__(kind)
        self.error = FieldError(kind, values)


def parse_page(items: Iterable[Item], fields: Fields) -> ParsedPage:
    """Return the answers of these items. An answer with an error is left out, and so is half a pair."""
    page = ParsedPage({}, {})
    for item in items:
        parsed = _parse_controls(item, fields, page.errors)
        if len(parsed) == len(control_names(item)):
            page.answers[item.code] = parsed if item.parts else parsed[""]
    return page


def missing_answers(items: Iterable[Item], answers: Mapping[str, Any], fields: Fields) -> dict[str, FieldError]:
    """Return an error for each control that needs a value: of a required item, or the other half of a pair."""
    return {
        name: MISSING
        for item in items
        if item.code not in answers and (item.required or _is_begun(item, fields))
        for name in control_names(item).values()
        if not any(fields.get(name, ()))
    }


def _is_begun(item: Item, fields: Fields) -> bool:
    return bool(item.parts) and any(fields.get(name) for name in control_names(item).values())


def _parse_controls(item: Item, fields: Fields, errors: dict[str, FieldError]) -> dict[str, Any]:
    parsed = {}
    for part, name in control_names(item).items():
        try:
            value = PARSERS[item.type](item, fields.get(name, ()))
        except _Wrong as wrong:
            errors[name] = wrong.error
            continue
        if value is not None:
            parsed[part] = value
    return parsed


def _parse_scale(item: Item, values: tuple[str, ...]) -> int | None:
    if not values:
        return None
    for number in range(item.scale.lowest, item.scale.highest + 1) if item.scale else ():
        if values == (str(number),):
            return number
    raise _Wrong("off_the_scale")


def _parse_single(item: Item, values: tuple[str, ...]) -> str | None:
    return _one_of([option.code for option in item.options], values)


def _parse_kano(_: Item, values: tuple[str, ...]) -> str | None:
    return _one_of(list(KanoAnswer), values)


def _one_of(codes: Iterable[str], values: tuple[str, ...]) -> str | None:
    if not values:
        return None
    for code in codes:
        if values == (code,):
            return str(code)
    raise _Wrong("off_the_scale")


def _parse_multiple(item: Item, values: tuple[str, ...]) -> list[str] | None:
    codes = [option.code for option in item.options]
    if not set(values) <= set(codes):
        raise _Wrong("off_the_scale")
    return [code for code in codes if code in values] or None


def _parse_text(_: Item, values: tuple[str, ...]) -> str | None:
    text = UNSTORABLE.sub("", "".join(values).replace("\r\n", "\n")).strip()
    if len(text) > MAX_TEXT:
        raise _Wrong("too_long", limit=MAX_TEXT)
    return None if is_blank(text) else text


def _parse_number(item: Item, values: tuple[str, ...]) -> int | float | None:
    written = unicodedata.normalize("NFKC", "".join(values)).strip(AROUND_NUMBERS)
    if not written:
        return None
    if len(written) > MAX_DIGITS or NUMBER.fullmatch(written) is None:
        raise _Wrong("not_a_number")
    number = Decimal(written.replace(",", ""))
    lowest = Decimal(0) if item.type is ItemType.WILLINGNESS_TO_PAY else -MAX_NUMBER
    if not lowest <= number <= MAX_NUMBER:
        raise _Wrong("number_out_of_range", lowest=lowest, highest=MAX_NUMBER)
    return int(number) if number == number.to_integral_value() else float(number)


PARSERS: Mapping[ItemType, Callable[[Item, tuple[str, ...]], object]] = {
    ItemType.SCALE: _parse_scale,
    ItemType.SERVQUAL: _parse_scale,
    ItemType.IMPORTANCE: _parse_scale,
    ItemType.RATING_PAIR: _parse_scale,
    ItemType.SINGLE: _parse_single,
    ItemType.MULTIPLE: _parse_multiple,
    ItemType.KANO: _parse_kano,
    ItemType.TEXT: _parse_text,
    ItemType.NUMBER: _parse_number,
    ItemType.WILLINGNESS_TO_PAY: _parse_number,
}
