"""Strict JSON parser for input: UTF-8 only, no NaN, no text that PostgreSQL cannot store."""

import json
import re
from math import isfinite
from typing import NoReturn

UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
"""NUL cannot be stored, and a lone surrogate cannot even be written as UTF-8."""
ESCAPED = re.compile(r"\\u(?:0000|[dD][89a-fA-F])")
"""Their escaped form: raw ones do not pass the parsers."""
MAX_VALUES = 200_000
"""Limit for one document. Parsing blocks the event loop: a MiB of text takes milliseconds, a MiB of `[],` a second."""
MAX_DIGITS = 400


class NotJSON(Exception):
    """The bytes are not a JSON document; `position` is that of the error, if it is known."""

    def __init__(self, reason: str, position: int = 0) -> None:
        super().__init__(reason)
        self.position = position


class TooManyValues(NotJSON):
    """The document has more than `MAX_VALUES` values."""

    def __init__(self) -> None:
        super().__init__(f"has more than {MAX_VALUES} values")


class UnstorableText(Exception):
    """A text or the name of a member contains NUL or a lone surrogate; `path` is its location."""

    def __init__(self, path: tuple[str | int, ...]) -> None:
        super().__init__("Text may hold neither NUL nor a lone surrogate.")
        self.path = path


def loads(raw: bytes) -> object:
    """Parse a document. Raises `NotJSON` (or its subclass `TooManyValues`) or `ForbiddenText`."""
    # An upper bound, because commas and brackets inside texts count too; it is cheap to compute.
    if raw.count(b",") + raw.count(b"[") + raw.count(b"{") > MAX_VALUES:
        raise TooManyValues
    try:
        text = raw.decode("utf-8")
        document: object = DECODER.decode(text)
        if ESCAPED.search(text):
            check_text(document)
    except json.JSONDecodeError as error:
        raise NotJSON(error.msg, error.pos) from None
    except UnicodeDecodeError as error:
        raise NotJSON("the body is not UTF-8", error.start) from None
    except RecursionError:
        raise NotJSON("the body is nested too deep") from None
    return document


def check_text(document: object, path: tuple[str | int, ...] = ()) -> None:
    """Check every text in the document, including names of members. Raises `UnstorableText`."""
    if isinstance(document, str):
        if UNSTORABLE.search(document):
            raise UnstorableText(path)
    elif isinstance(document, dict):
        for name, value in document.items():
            check_text(name, path)
            check_text(value, (*path, name))
    elif isinstance(document, list):
        for index, value in enumerate(document):
            check_text(value, (*path, index))


def _reject_constant(name: str) -> NoReturn:
    raise NotJSON(f"{name} is not a JSON number")


def _whole(digits: str) -> int:
    """Parse an integer of limited length: parsing time grows with the square of the length."""
    if len(digits) > MAX_DIGITS:
        raise NotJSON("a number has too many digits")
    return int(digits)


def _finite(digits: str) -> float:
    """Parse a number. Python would parse 1e400 as infinity."""
    if len(digits) > MAX_DIGITS:
        raise NotJSON("a number has too many digits")
    number = float(digits)
    if not isfinite(number):
        raise NotJSON("a number is too large")
    return number


DECODER = json.JSONDecoder(parse_constant=_reject_constant, parse_float=_finite, parse_int=_whole)
"""Made once: `json.loads` would make one for each document, which takes longer than most documents."""
