"""Logging: JSON lines on standard output, with the ids of the request, the event and the trace.

Lines never contain data of callers. Messages of exceptions do (a unique violation names the key, a validation error the
value), so only the type of an exception, PostgreSQL's code and the frames are logged.
"""

import json
import logging
import sys
import traceback
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import cast

from heed_common.errors import HeedError
from heed_common.trace import current_trace_id

NOISY_LOGGERS = ("aiokafka", "asyncio", "httpcore", "httpx", "kafka", "sqlalchemy")
"""Libraries that log too much at INFO; httpx would log URLs with their parameters."""

_REQUEST_ID: ContextVar[str | None] = ContextVar("request_id", default=None)
_EVENT_ID: ContextVar[str | None] = ContextVar("event_id", default=None)


@contextmanager
def request(request_id: str) -> Iterator[None]:
    """Add the id of the request to lines logged inside."""
    token = _REQUEST_ID.set(request_id)
    try:
        yield
    finally:
        _REQUEST_ID.reset(token)


@contextmanager
def event(event_id: object) -> Iterator[None]:
    """Add the id of the event to lines logged inside."""
    token = _EVENT_ID.set(str(event_id))
    try:
        yield
    finally:
        _EVENT_ID.reset(token)


def configure(*, level: str = "INFO", style: str = "json", process: str | None = None) -> None:
    """Configure one formatter for all logging of this process, whose name is in each line if it has one."""
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter((JSONLines if style == "json" else PlainLines)(process))
    handler.addFilter(RepeatFilter())
    logging.basicConfig(level=level, handlers=[handler], force=True)
    logging.captureWarnings(True)  # noqa: FBT003 the standard library's own signature
    for name in NOISY_LOGGERS:
        logging.getLogger(name).setLevel(max(logging.WARNING, logging.getLevelName(level)))


class RepeatFilter(logging.Filter):
    """Suppresses repeated messages of libraries for a while: aiokafka logs one 24 times a second while Kafka is
    unavailable. Messages of Heed always pass."""

    def __init__(self, *, seconds: float = 30.0) -> None:
        super().__init__()
        self._seconds = seconds
        self._logged: dict[tuple[str, str], tuple[float, int]] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        if record.name.partition(".")[0] not in NOISY_LOGGERS:
            return True
        key = (record.name, str(record.msg))
        first, suppressed = self._logged.get(key, (float("-inf"), 0))
        if record.created - first < self._seconds:
            self._logged[key] = (first, suppressed + 1)
            return False
        self._logged[key] = (record.created, 0)
        if suppressed:
            record.fields = {"suppressed": suppressed}
        return True


class _Lines(logging.Formatter):
    def __init__(self, process: str | None = None) -> None:
        super().__init__()
        self._of_process = {"process": process} if process else {}


class JSONLines(_Lines):
    """One JSON object per line."""

    def format(self, record: logging.LogRecord) -> str:
        return json.dumps(_members(record) | self._of_process, ensure_ascii=False, default=str)


class PlainLines(_Lines):
    """Text for terminals."""

    def format(self, record: logging.LogRecord) -> str:
        members = _members(record) | self._of_process
        time, level, name, message = (members.pop(member) for member in ("ts", "level", "logger", "message"))
        frames = cast("list[str]", members.pop("frames", []))
        stack = "".join(f"\n    {frame}" for frame in frames)
        rest = "".join(f" {name}={value}" for name, value in members.items())
        return f"{str(time)[11:23]} {level:7} {name}: {message}{rest}{stack}"


def _members(record: logging.LogRecord) -> dict[str, object]:
    ids = {"request_id": _REQUEST_ID.get(), "event_id": _EVENT_ID.get(), "trace_id": current_trace_id()}
    fields: Mapping[str, object] = getattr(record, "fields", {})
    return {
        "ts": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="microseconds"),
        "level": record.levelname,
        "logger": record.name,
        "message": record.getMessage(),
        **{name: value for name, value in ids.items() if value is not None},
        **fields,
        **(_exception(record.exc_info[1]) if record.exc_info and record.exc_info[1] else {}),
    }


def _exception(error: BaseException) -> dict[str, object]:
    chain = list(_causes(error))
    frames = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(error.__traceback__)]
    return {"error": [_name(cause) for cause in chain], "frames": frames}


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """Yield the error and its causes, the latest first."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)


def _name(error: BaseException) -> str:
    name = f"{type(error).__module__}.{type(error).__qualname__}"
    if isinstance(error, HeedError):
        return f"{name}: {error.detail}"
    state = getattr(error, "sqlstate", None)
    return f"{name} [{state}]" if state else name
