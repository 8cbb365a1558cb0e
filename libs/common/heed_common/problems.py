"""Errors as RFC 9457 problem details. No input value ever gets into one."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, get_args

from pydantic import ValidationError
from pydantic_core import ErrorDetails
from pydantic_core.core_schema import ErrorType

from heed_common.errors import HeedError, Unprocessable

MEDIA_TYPE = "application/problem+json"
CATALOGUE = "/docs/problems"
"""Page that explains every problem; the `type` of a problem leads to its entry."""
MAX_ITEM_ERRORS = 20
"""Limit for one item of a batch or an import."""
MAX_ERRORS = 100
"""Limit for one response."""
MESSAGES = {
    "missing": "is required",
    "extra_forbidden": "is not known here",
    "string_type": "must be a text",
    "string_too_short": "needs at least {min_length} characters",
    "string_too_long": "may have at most {max_length} characters",
    "string_pattern_mismatch": "must match {pattern}",
    "too_short": "needs at least {min_length} items",
    "too_long": "may have at most {max_length} items",
    "greater_than": "must be greater than {gt}",
    "greater_than_equal": "must be at least {ge}",
    "less_than": "must be less than {lt}",
    "less_than_equal": "must be at most {le}",
    "decimal_max_places": "may have at most {decimal_places} decimals",
    "decimal_max_digits": "may have at most {max_digits} digits",
    "decimal_type": "must be a decimal number, best as a string",
    "decimal_parsing": "must be a decimal number, best as a string",
    "finite_number": "must be a finite number",
    "int_type": "must be a whole number",
    "int_parsing": "must be a whole number",
    "int_from_float": "must be a whole number",
    "float_type": "must be a number",
    "float_parsing": "must be a number",
    "bool_type": "must be true or false",
    "bool_parsing": "must be true or false",
    "uuid_type": "must be an id in the form of a UUID",
    "uuid_parsing": "must be an id in the form of a UUID",
    "timezone_aware": "needs a time zone: an offset or Z",
    "date_parsing": "must be a date such as 2026-03-02",
    "date_from_datetime_parsing": "must be a date such as 2026-03-02",
    "literal_error": "must be one of {expected}",
    "enum": "must be one of {expected}",
    "union_tag_invalid": "must be one of {expected_tags}",
    "list_type": "must be a list",
    "dict_type": "must be an object",
    "model_type": "must be an object",
    "model_attributes_type": "must be an object",
}
PYDANTIC_ERROR_TYPES = frozenset(get_args(ErrorType))
NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,63}")
LOCATIONS = ("body", "query", "path", "header", "cookie")


class Invalid(Unprocessable):
    """The request, or one item of a batch, does not match its schema."""

    code, title = "validation_failed", "Some values are not what they should be."

    def __init__(self, errors: Sequence[Mapping[str, str]], *, omitted: int = 0) -> None:
        super().__init__()
        self.errors = errors
        self.omitted = omitted
        """Number of errors that are not listed: a hundred are enough for a caller, and more would slow down others."""

    def at_most(self, limit: int) -> "Invalid":
        """Return the problem with at most `limit` errors, and the number of the others."""
        shown = self.errors[:limit]
        return Invalid(shown, omitted=self.omitted + len(self.errors) - len(shown))


def invalid(error: ValidationError, *, at: Sequence[str | int] = ()) -> Invalid:
    """Return a failed validation as an error for callers; `at` is the path of the validated part in the body."""
    details = error.errors(include_url=False, include_input=False)
    shown = [error_entry(item, loc=("body", *at, *item["loc"])) for item in details[:MAX_ITEM_ERRORS]]
    return Invalid(shown, omitted=len(details) - len(shown))


def error_entry(item: ErrorDetails | Mapping[str, Any], *, loc: Sequence[str | int]) -> dict[str, str]:
    """Return an entry of `errors`: the location and the rule that is violated."""
    location, path = (str(loc[0]), loc[1:]) if loc and loc[0] in LOCATIONS else ("body", loc)
    entry = {"pointer": json_pointer(path), "detail": _detail(item)}
    return entry if location == "body" else {**entry, "in": location}


def json_pointer(path: Iterable[str | int]) -> str:
    """Return a JSON pointer (RFC 6901). It ends before a key that could be a value of the caller."""
    parts = []
    for part in path:
        if isinstance(part, str) and not NAME.fullmatch(part):
            break
        parts.append(f"/{part}")
    return "".join(parts)


def problem_document(error: HeedError, *, instance: str | None = None) -> dict[str, object]:
    """Return the members of the problem, for a response or for an item of a batch."""
    problem: dict[str, object] = {
        "type": f"{CATALOGUE}#{error.code}",
        "title": error.title,
        "status": error.status,
        "detail": error.detail,
        "code": error.code,
    }
    if instance is not None:
        problem["instance"] = instance
    if isinstance(error, Invalid):
        problem["errors"] = error.errors
        if error.omitted:
            problem["errors_omitted"] = error.omitted
    elif error.pointer is not None:
        problem["errors"] = [{"pointer": error.pointer, "detail": error.detail}]
    return {**error.members, **problem}


def _detail(item: ErrorDetails | Mapping[str, Any]) -> str:
    """Return Heed's message with the limits of the rule; pydantic's messages may repeat parts of the input."""
    kind = item["type"]
    if kind not in PYDANTIC_ERROR_TYPES:
        return str(item["msg"])
    return MESSAGES.get(kind, "is not valid").format_map(item.get("ctx", {}))
