"""Logs identify the request and never contain what was sent."""

import json
import logging
import sys

import pytest

from heed_common import logs
from heed_common.errors import Conflict
from heed_common.trace import current_traceparent, trace_context

PARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


def line(message="hello", *, error=None, formatter=None, **extra):
    info = None if error is None else (type(error), error, error.__traceback__)
    record = logging.LogRecord("heed.test", logging.INFO, __file__, 1, message, (), info)
    record.__dict__.update(extra)
    return (formatter or logs.JSONLines()).format(record)


def raised(error):
    try:
        raise error
    except Conflict as caught:
        return caught


def test_a_line_is_one_object_with_the_ids_of_the_work_under_way():
    with logs.request("request-1"), logs.event("event-1"), trace_context(PARENT):
        written = json.loads(line("two\nlines"))
    assert written["message"] == "two\nlines"
    assert (written["level"], written["logger"]) == ("INFO", "heed.test")
    assert (written["request_id"], written["event_id"]) == ("request-1", "event-1")
    assert written["trace_id"] == "0af7651916cd43dd8448eb211c80319c"
    assert "\n" not in line("two\nlines")


def test_outside_of_work_there_are_no_ids():
    assert not {"request_id", "event_id", "trace_id"} & json.loads(line()).keys()


def test_lines_of_one_process_of_several_carry_its_name():
    assert json.loads(line(formatter=logs.JSONLines("workers")))["process"] == "workers"
    assert "process=workers" in line(formatter=logs.PlainLines("workers"))
    assert "process" not in json.loads(line())


@pytest.mark.parametrize("style", [logs.JSONLines(), logs.PlainLines()])
def test_the_location_of_an_exception_is_logged_and_its_message_is_not(style):
    try:
        raise ValueError("SECRET") from KeyError("SECRET")
    except ValueError as error:
        written = line("failed", error=error, formatter=style)
    assert "SECRET" not in written
    assert "builtins.ValueError" in written
    assert "builtins.KeyError" in written
    assert "test_logs.py" in written


class UniqueViolation(Exception):
    sqlstate = "23505"


def test_of_postgresqls_errors_the_code_is_written_and_not_the_key_that_was_there_twice():
    written = json.loads(line("failed", error=UniqueViolation("Key (external_id)=(SECRET) already exists.")))
    assert written["error"][0].endswith("UniqueViolation [23505]")
    assert "SECRET" not in json.dumps(written)


def test_messages_of_our_own_errors_are_logged():
    assert "It is closed." in line(error=raised(Conflict("It is closed.")))


@pytest.mark.parametrize(
    "header",
    [None, "", "nonsense", PARENT.upper(), PARENT.replace("0af7651916cd43dd8448eb211c80319c", "0" * 32), PARENT + "-x"],
)
def test_a_malformed_trace_is_replaced_by_a_new_one(header):
    with trace_context(header):
        assert current_traceparent() not in (None, header)
    assert current_traceparent() is None


def test_everything_is_written_to_standard_output_and_libraries_are_quiet(capsys):
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    try:
        logs.configure(level="INFO")
        logging.getLogger("heed.test").info("said")
        logging.getLogger("httpx").info("GET https://example/?secret=1")
        logging.getLogger("uvicorn.error").info("started")
        root.handlers[0].setStream(sys.stdout)
    finally:
        root.handlers[:] = before
        root.setLevel(level)
        logging.captureWarnings(False)
    out = capsys.readouterr().out
    assert [json.loads(each)["message"] for each in out.splitlines()] == ["said", "started"]


def record_at(moment, *, name="aiokafka.conn", message="Unable to connect to %s"):
    record = logging.LogRecord(name, logging.ERROR, __file__, 1, message, ("kafka:9092",), None)
    record.created = moment
    return record


def test_a_repeated_message_of_a_library_is_logged_twice_a_minute():
    repeats = logs.RepeatFilter()
    records = [record_at(second / 10) for second in range(605)]
    heard = [record for record in records if repeats.filter(record)]
    assert [record.created for record in heard] == [0, 30, 60]
    assert heard[1].fields == {"suppressed": 299}
    assert repeats.filter(record_at(60.1, message="something else"))


def test_messages_of_heed_are_never_suppressed():
    repeats = logs.RepeatFilter()
    assert all(repeats.filter(record_at(1, name="heed_common.consumer")) for _ in range(9))
