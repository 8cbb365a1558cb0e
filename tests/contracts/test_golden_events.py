"""Events that were published once can be read for ever, by us and by any reader of CloudEvents."""

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


def _only_known(read: Any, *, published: Any) -> Any:
    """Return the properties that were published: others may have been added since, inside others too."""
    if isinstance(published, dict):
        return {name: _only_known(read[name], published=value) for name, value in published.items()}
    if isinstance(published, list) and len(published) == len(read):
        return [_only_known(one, published=other) for one, other in zip(read, published, strict=True)]
    return read


def test_there_is_one_of_each_type():
    assert {path.stem for path in GOLDEN} >= set(EVENTS)


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.stem)
def test_todays_readers_read_it_and_lose_nothing(path):
    value = path.read_bytes()
    received = decode(_record(value))
    published = json.loads(value)
    assert received.event.full_type() == published["type"]
    assert str(received.event.subject) == published["subject"]
    assert str(received.event.key) == published["partitionkey"]
    assert _only_known(received.event.model_dump(mode="json"), published=published["data"]) == published["data"]


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.stem)
def test_it_fits_the_schema_that_it_names(path):
    published = json.loads(path.read_bytes())
    schema = _schemas()[published["type"]]
    assert published["dataschema"] == schema["$id"]
    validator = jsonschema.Draft202012Validator(schema, format_checker=jsonschema.FormatChecker())
    validator.validate(published["data"])
    incomplete = {name: value for name, value in published["data"].items() if name != "occurred_at"}
    with pytest.raises(jsonschema.ValidationError):
        validator.validate(incomplete)


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.stem)
def test_the_cloudevents_sdk_reads_it(path):
    event = JSONFormat().read(CloudEvent, path.read_bytes())
    published = json.loads(path.read_bytes())
    read = {"id": event.get_id(), "type": event.get_type(), "subject": event.get_subject()}
    assert read == {name: published[name] for name in read}
    assert event.get_extension("partitionkey") == published["partitionkey"]
    assert event.get_data() == published["data"]


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.stem)
def test_what_the_cloudevents_sdk_writes_we_read(path):
    written = JSONFormat().write(JSONFormat().read(CloudEvent, path.read_bytes()))
    assert Envelope.model_validate_json(written) == Envelope.model_validate_json(path.read_bytes())
    assert decode(_record(written)).event == decode(_record(path.read_bytes())).event


@pytest.mark.parametrize("name", sorted(EVENTS))
def test_fields_that_come_later_do_not_disturb_a_reader(name):
    published = json.loads(example(EVENTS[name]))
    published["later"] = 1
    published["data"]["later"] = {"unknown": True}
    assert decode(_record(json.dumps(published).encode())).event.full_type() == name
