"""Documents for subscribers: a JSON Schema for each event type and one AsyncAPI document for all topics."""

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue, models_json_schema
from pydantic_core.core_schema import DecimalSchema

from heed.interface_docs.event_examples import EXAMPLES, enveloped
from heed_common import contracts
from heed_common.contracts.event import Envelope, Event
from heed_common.contracts.registry import EVENT_CLASSES, EVENTS, TOPICS, defining_class
from heed_common.http.field_descriptions import all_models, describe_fields

Document = dict[str, Any]
SCHEMA_DIALECT = "https://json-schema.org/draft/2020-12/schema"
MEDIA_TYPE = "application/cloudevents+json"
COMPONENTS = "#/components/schemas/{model}"
PLAIN_DECIMAL = r"^-?[0-9]+(\.[0-9]+)?$"


class EventSchema(GenerateJsonSchema):
    """Mark money and quantities as plain decimals; pydantic describes them only as strings."""

    def decimal_schema(self, schema: DecimalSchema) -> JsonSchemaValue:
        return {**super().decimal_schema(schema), "pattern": PLAIN_DECIMAL}


def schema_of(event: type[Event]) -> Document:
    """The event's `data` as it is written."""
    model = defining_class(event)
    schema = model.model_json_schema(mode="serialization", schema_generator=EventSchema)
    describe_fields({**schema.get("$defs", {}), model.__name__: schema}, _contract_models())
    return schema


def schemas() -> dict[str, Document]:
    """By full type, the schema of the event's `data`; the envelope names it in `dataschema`."""
    return {
        full_type: {"$schema": SCHEMA_DIALECT, "$id": f"/schemas/{full_type}", **schema_of(event)}
        for full_type, event in sorted(EVENTS.items())
    }


def asyncapi(readers: Mapping[str, Sequence[type[Event]]]) -> Document:
    """Return the AsyncAPI 3.0 document; `readers` has the events that each service handles."""
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Heed events",
            "version": "1",
            "description": "CloudEvents 1.0 in structured JSON on one topic for each owning service. Order is promised "
            "for one subject (rising aggversion). Within a version changes are additive: ignore what you don't know.",
        },
        "defaultContentType": MEDIA_TYPE,
        "channels": {topic: _channel(topic) for topic in TOPICS},
        "operations": _publishing() | _reading(readers),
        "components": {"messages": {name: _message(event) for name, event in EVENTS.items()}, "schemas": _schemas()},
    }


def _channel(topic: str) -> Document:
    owner = topic.removeprefix("heed.")
    return {
        "address": topic,
        "description": f"Events of the {owner} service. The key is the customer's id, or the aggregate's without one.",
        "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in _types_of(topic)},
    }


def _types_of(topic: str) -> list[str]:
    return [event.full_type() for event in EVENT_CLASSES if event.topic == topic]


def _publishing() -> Document:
    return {f"{topic}.publish": _operation("send", topic, _types_of(topic)) for topic in TOPICS}


def _reading(readers: Mapping[str, Sequence[type[Event]]]) -> Document:
    operations = {}
    for service, events in sorted(readers.items()):
        for topic in TOPICS:
            names = sorted(event.full_type() for event in events if event.topic == topic)
            if names:
                operations[f"heed.{service}.read.{topic}"] = _operation("receive", topic, names)
    return operations


def _operation(action: str, topic: str, names: Sequence[str]) -> Document:
    return {
        "action": action,
        "channel": {"$ref": f"#/channels/{topic}"},
        "messages": [{"$ref": f"#/channels/{topic}/messages/{name}"} for name in names],
    }


def _message(event: type[Event]) -> Document:
    name, title = event.full_type(), defining_class(event).__name__
    of_this_type = {"type": {"const": name}, "data": {"$ref": COMPONENTS.format(model=title)}}
    return {
        "name": name,
        "title": title,
        "contentType": MEDIA_TYPE,
        "payload": {"allOf": [{"$ref": COMPONENTS.format(model="Envelope")}, {"properties": of_this_type}]},
        "bindings": {"kafka": {"key": {"type": "string", "format": "uuid"}}},
    } | _examples(event)


def _examples(event: type[Event]) -> Document:
    """For those that subscribers ask for most."""
    if event not in EXAMPLES:
        return {}
    summary, example, cause = EXAMPLES[event]
    payload = enveloped(example, causation=cause).model_dump(mode="json", exclude_none=True)
    return {"examples": [{"name": event.__name__, "summary": summary, "payload": payload}]}


def _schemas() -> Document:
    models: list[type[Envelope] | type[Event]] = [Envelope, *map(defining_class, EVENTS.values())]
    _, document = models_json_schema(
        [(model, "serialization") for model in models], ref_template=COMPONENTS, schema_generator=EventSchema
    )
    definitions: Document = document["$defs"]
    describe_fields(definitions, _contract_models())
    return dict(sorted(definitions.items()))


def _contract_models() -> list[type[BaseModel]]:
    """Return events, their envelope and the parts of them."""
    return [model for model in all_models(BaseModel) if model.__module__.startswith(f"{contracts.__name__}.")]
