"""JSON as it comes from outside: UTF-8 only, no NaN, no text that PostgreSQL cannot keep."""

import json
import re
from math import isfinite
from typing import NoReturn

FORBIDDEN = re.compile("[\x00\ud800-\udfff]")
"""NUL cannot be stored, and a lone surrogate cannot even be written as UTF-8."""


class NotJSON(Exception):
    """The bytes are no JSON document; `position` is where reading ended, if that is known."""

    def __init__(self, reason: str, position: int = 0) -> None:
        super().__init__(reason)
        self.position = position


class ForbiddenText(Exception):
    """A text, or the name of a member, holds NUL or a lone surrogate; `path` leads to it."""

    def __init__(self, path: tuple[str | int, ...]) -> None:
        super().__init__("Text may hold neither NUL nor a lone surrogate.")
        self.path = path


def loads(raw: bytes) -> object:
    """Reads a document. Raises `NotJSON` or `ForbiddenText`."""
    try:
        text = raw.decode("utf-8")
        document: object = json.loads(text, parse_constant=_refuse_constant, parse_float=_finite)
        # Neither can be there but by an escape: raw ones do not get through the two readers above.
        if "\\u" in text:
            check_text(document)
    except json.JSONDecodeError as error:
        raise NotJSON(error.msg, error.pos) from None
    except UnicodeDecodeError as error:
        raise NotJSON("the body is not UTF-8", error.start) from None
    except RecursionError:
        raise NotJSON("the body is nested too deep") from None
    except ValueError:
        raise NotJSON("a number has too many digits") from None
    return document


def check_text(document: object, path: tuple[str | int, ...] = ()) -> None:
    """Looks at every text in the document, names of members included."""
    if isinstance(document, str):
        if FORBIDDEN.search(document):
            raise ForbiddenText(path)
    elif isinstance(document, dict):
        for name, value in document.items():
            check_text(name, path)
            check_text(value, (*path, name))
    elif isinstance(document, list):
        for place, value in enumerate(document):
            check_text(value, (*path, place))


def _refuse_constant(name: str) -> NoReturn:
    raise NotJSON(f"{name} is not a JSON number")


def _finite(digits: str) -> float:
    """1e400 is well-formed, and Python reads it as infinity."""
    number = float(digits)
    if not isfinite(number):
        raise NotJSON("a number is too large")
    return number
