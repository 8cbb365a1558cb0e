"""Events that were published once can be read for ever, by us and by anybody who knows CloudEvents."""

import json
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent

from heed.interface_docs.asyncapi import schemas
from heed.interface_docs.golden import example
from heed_common.broker.protocols import Record
from heed_common.contracts.event import Envelope
from heed_common.contracts.registry import EVENTS
from heed_common.decoding import decode

GOLDEN = sorted((Path(__file__).parent / "golden").glob("*.json"))

_schemas = cache(schemas)


def _record(value: bytes) -> Record:
    topic = EVENTS[json.loads(value)["type"]].topic
    return Record(topic=topic, partition=0, offset=0, key=None, value=value)


def _what_of(read: Any, *, told: Any) -> Any:
    """Of what was read that which was told: properties may have been added since, inside others too."""
    if isinstance(told, dict):
        return {name: _what_of(read[name], told=value) for name, value in told.items()}
    if isinstance(told, list) and len(told) == len(read):
        return [_what_of(one, told=other) for one, other in zip(read, told, strict=True)]
    return read


def test_there_is_one_of_each_type():
    assert {path.stem for path in GOLDEN} >= set(EVENTS)


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.stem)
def test_todays_readers_read_it_and_lose_nothing(path):
    value = path.read_bytes()
    received = decode(_record(value))
    told = json.loads(value)
    assert received.event.full_type() == told["type"]
    assert str(received.event.subject) == told["subject"]
    assert str(received.event.key) == told["partitionkey"]
    assert _what_of(received.event.model_dump(mode="json"), told=told["data"]) == told["data"]


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.stem)
def test_it_fits_the_schema_that_it_names(path):
    told = json.loads(path.read_bytes())
    schema = _schemas()[told["type"]]
    assert told["dataschema"] == schema["$id"]
    validator = jsonschema.Draft202012Validator(schema, format_checker=jsonschema.FormatChecker())
    validator.validate(told["data"])
    incomplete = {name: value for name, value in told["data"].items() if name != "occurred_at"}
    with pytest.raises(jsonschema.ValidationError):
        validator.validate(incomplete)


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.stem)
def test_the_cloudevents_sdk_reads_it(path):
    event = JSONFormat().read(CloudEvent, path.read_bytes())
    told = json.loads(path.read_bytes())
    assert (event.get_id(), event.get_type(), event.get_subject()) == (told["id"], told["type"], told["subject"])
    assert event.get_extension("partitionkey") == told["partitionkey"]
    assert event.get_data() == told["data"]


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.stem)
def test_what_the_cloudevents_sdk_writes_we_read(path):
    written = JSONFormat().write(JSONFormat().read(CloudEvent, path.read_bytes()))
    assert Envelope.model_validate_json(written) == Envelope.model_validate_json(path.read_bytes())
    assert decode(_record(written)).event == decode(_record(path.read_bytes())).event


@pytest.mark.parametrize("name", sorted(EVENTS))
def test_fields_that_come_later_do_not_disturb_a_reader(name):
    told = json.loads(example(EVENTS[name]))
    told["later"] = 1
    told["data"]["later"] = {"unknown": True}
    assert decode(_record(json.dumps(told).encode())).event.full_type() == name
