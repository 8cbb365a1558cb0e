"""Blanks are nothing: a text without a visible character is refused, or counts as left out."""

from importlib import import_module
from pkgutil import walk_packages

import pytest
from pydantic import BaseModel, ValidationError

from heed_common.clock import SystemClock
from heed_common.database import Database
from heed_common.fields import RequestModel
from heed_common.http.negotiation import FormModel
from heed_common.metrics import Metrics
from heed_common.resources import Resources
from heed_complaint.intake.status_links.schemas import ReplyIn
from heed_complaint.intake.web_form.schemas import FormIn

SERVICES = ("customer", "complaint", "survey", "scoring")
PREFIX = "#/components/schemas/"
BLANKS = ("", " ", "\t\n", "\u00a0", "\u3000", "\u200b", "\u2060\ufeff", "\u3164", "\u2800")
COUNTS_AS_LEFT_OUT = (
    (FormIn, {"category": "delivery", "description": "Too late"}),
    (ReplyIn, {"text": "It is still broken"}),
)
"""What people fill in in a browser, which sends empty fields too, with the least that must be filled in."""
MAY_BE_EMPTY = {
    "MailIn.subject": "a mail without a subject is a mail",
    "MailIn.text": "a mail may consist of its subject",
    **{
        f"MailIn.{name}": "gateways send a header empty where a mail has none"
        for name in ("auto_submitted", "reply_to", "recipient", "in_reply_to", "references", "reported_ids")
    },
    **dict.fromkeys(("MailIn.html", "MailIn.raw"), "gateways send empty the forms of a mail that it does not have"),
}
HAS_ITEMS_OF_ANOTHER_SCHEMA = {"BatchIn", "CustomerBatchIn", "ComplaintBatchIn"}
"""Each item is read by itself, by the schema of a single call."""


@pytest.fixture(params=SERVICES)
def service(request):
    """The name of a service of which all modules are imported."""
    package = import_module(f"heed_{request.param}")
    for module in walk_packages(package.__path__, f"{package.__name__}."):
        if not module.name.endswith("__main__") and ".migrations" not in module.name:
            import_module(module.name)
    return request.param


def schemas(service):
    """Every schema by which the service reads a request, an item of a batch or a line of a file."""
    return [kind for kind in _below(RequestModel) if kind.__module__.startswith((f"heed_{service}.", "heed_common."))]


def _below(kind):
    for child in kind.__subclasses__():
        yield child
        yield from _below(child)


def texts(schema, definitions, wrap=lambda text: text):
    """Every position of a field that may hold a text, as a function that puts a text there."""
    for variant in [*schema.get("anyOf", ()), *schema.get("oneOf", ()), *schema.get("allOf", ())]:
        yield from texts(variant, definitions, wrap)
    target = definitions.get(schema.get("$ref", "").removeprefix("#/$defs/"), {})
    if "properties" not in target:
        yield from texts(target, definitions, wrap) if target else ()
    if schema.get("type") == "string":
        yield wrap
    if isinstance(schema.get("items"), dict):
        yield from texts(schema["items"], definitions, lambda text: wrap([text]))
    if isinstance(schema.get("additionalProperties"), dict):
        yield from texts(schema["additionalProperties"], definitions, lambda text: wrap({"en": text}))


def is_refused(kind, name, value):
    with pytest.raises(ValidationError) as refused:
        kind.model_validate({name: value, "no such member": {}} | dict.fromkeys(_others(kind, name)))
    return any(error["loc"][:1] == (name,) for error in refused.value.errors())


def _others(kind, name):
    """A mandatory member that is null, so that no schema is content."""
    return [field for field, info in kind.model_fields.items() if info.is_required() and field != name]


def test_no_text_of_a_request_may_be_blank(service):
    taken, looked_at = [], 0
    for kind in schemas(service):
        if kind.__name__ in HAS_ITEMS_OF_ANOTHER_SCHEMA or issubclass(kind, FormModel):
            continue
        schema = kind.model_json_schema()
        for name, member in schema["properties"].items():
            for wrap in texts(member, schema.get("$defs", {})):
                looked_at += 1
                field = f"{kind.__name__}.{name}"
                if field not in MAY_BE_EMPTY:
                    taken += [(field, blank) for blank in BLANKS if not is_refused(kind, name, wrap(blank))]
    assert looked_at
    assert taken == []


@pytest.mark.parametrize(("kind", "least"), COUNTS_AS_LEFT_OUT)
@pytest.mark.parametrize("blank", BLANKS)
def test_a_field_that_was_left_blank_was_not_filled_in(kind, least, blank):
    optional = {name: blank for name in kind.model_fields if name not in least}
    assert optional
    assert kind.model_validate(least | optional) == kind.model_validate(least)
    for name in least:
        assert is_refused(kind, name, blank), name


def test_every_body_in_the_documentation_was_looked_at(service):
    settings = import_module(f"heed_{service}.settings").Settings(database_url="postgresql://nobody@/none")
    resources = Resources(Database("postgresql://nobody@/none"), SystemClock(), Metrics(service))
    document = import_module(f"heed_{service}.app").create_app(settings, resources).openapi()
    parts = document["components"]["schemas"]
    named = set[str]()
    for methods in document["paths"].values():
        for operation in methods.values():
            for content in operation.get("requestBody", {}).get("content", {}).values():
                named |= set(_named(content["schema"], parts))
    assert named
    assert named <= {kind.__name__ for kind in schemas(service)}, "a body that is no heed_common.fields.Body"


def _named(schema, parts):
    """The schemas that a body may have: one, or several of which one is chosen."""
    name = schema.get("$ref", "").removeprefix(PREFIX)
    variants = (parts[name] if name else schema).get("oneOf", ())
    if variants:
        for variant in variants:
            yield from _named(variant, parts)
    elif name:
        yield name.rpartition("__")[2]


class Loose(BaseModel):
    name: str
    number: int


def test_a_field_that_takes_blanks_would_be_found():
    assert [is_refused(Loose, "name", blank) for blank in ("", " ", None)] == [False, False, True]
