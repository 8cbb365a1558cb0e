"""Descriptions of fields in generated documents: the texts below the fields in their classes, or those of their names.

Each module is read once, when a document is generated. Pydantic's `use_attribute_docstrings` would read the source of
each class at every start, and fails for a generic model within a signature, such as `Page[ThingOut]`.
"""

import ast
import inspect
import json
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from pydantic import BaseModel

Schemas = dict[str, dict[str, Any]]
Thing = tuple[str, str]
NAMES = "field_texts.json"
"""What a field of a name means wherever it occurs: names with several meanings are not in it."""

ENDING = re.compile(r"(ListItem)?(In|Out|Patch|Put)$")


def describe_fields(schemas: Schemas, models: Iterable[type[BaseModel]]) -> None:
    """Add the descriptions to the properties that have none; a schema has the name of its model.

    A field has the text of its class, or that of its name, or that of the same field of the same thing: `AgentOut` is
    described by `AgentIn`, which would have to repeat it otherwise.
    """
    described_models = [(model, _field_texts(model)) for model in models]
    for model, texts in described_models:
        _describe(schemas, model, texts)
    by_name = _texts_by_name()
    for schema in schemas.values():
        for name, described in schema.get("properties", {}).items():
            if name in by_name:
                described.setdefault("description", by_name[name])
    by_thing: dict[Thing, dict[str, str]] = {}
    for model, texts in described_models:
        by_thing[_thing(model)] = texts | by_thing.get(_thing(model), {})
    for model, _ in described_models:
        for part in model.__mro__:
            _describe(schemas, model, by_thing.get(_thing(part), {}))


def all_models(base: type[BaseModel]) -> Iterator[type[BaseModel]]:
    """Yield all models that are derived from this one."""
    for model in base.__subclasses__():
        yield model
        yield from all_models(model)


def _describe(schemas: Schemas, model: type[BaseModel], texts: Mapping[str, str]) -> None:
    properties = schemas.get(model.__name__, {}).get("properties", {})
    for name in model.model_fields.keys() & texts.keys():
        field = model.model_fields[name]
        described = properties.get(field.serialization_alias or field.alias or name)
        if described is not None:
            described.setdefault("description", texts[name])


def _thing(model: type) -> Thing:
    """Return the package and the name without its ending: what `AgentIn`, `AgentOut` and `AgentPatch` are about."""
    return model.__module__.partition(".")[0], ENDING.sub("", model.__name__)


def _field_texts(model: type[BaseModel]) -> dict[str, str]:
    """Return the texts by field, also of inherited ones."""
    texts: dict[str, str] = {}
    for part in reversed(model.__mro__):
        if part.__module__ in sys.modules and issubclass(part, BaseModel):
            texts |= _texts_of_module(part.__module__).get(part.__qualname__, {})
    return {name: text for name, text in texts.items() if name in model.model_fields}


@cache
def _texts_by_name() -> Mapping[str, str]:
    texts: Mapping[str, str] = json.loads((files("heed_common") / NAMES).read_text())
    return texts


@cache
def _texts_of_module(name: str) -> Mapping[str, Mapping[str, str]]:
    """Return the texts by class and field."""
    tree = ast.parse(inspect.getsource(sys.modules[name]))
    return {node.name: _texts_of_class(node) for node in tree.body if isinstance(node, ast.ClassDef)}


def _texts_of_class(node: ast.ClassDef) -> dict[str, str]:
    """Return the text that follows each annotated field."""
    texts = {}
    for field, following in zip(node.body, node.body[1:], strict=False):
        is_text = isinstance(following, ast.Expr) and isinstance(following.value, ast.Constant)
        if is_text and isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name):
            texts[field.target.id] = inspect.cleandoc(str(_constant(following))).replace("\n", " ")
    return texts


def _constant(statement: ast.stmt) -> object:
    return ast.literal_eval(statement.value) if isinstance(statement, ast.Expr) else None
