"""Responses show what is stored: limits apply to requests, and responses are not validated again."""

from collections.abc import Iterator
from importlib import import_module
from pkgutil import walk_packages
from typing import Any, get_args

import pytest
from annotated_types import BaseMetadata, GroupedMetadata
from pydantic import AfterValidator, BeforeValidator
from pydantic.fields import FieldInfo

from heed_common.fields import ResponseModel

PACKAGES = ("heed_common", "heed_customer", "heed_complaint", "heed_survey", "heed_scoring")
LIMITS = (BaseMetadata, GroupedMetadata, BeforeValidator, AfterValidator)


def response_models(package: str) -> list[type[ResponseModel]]:
    root = import_module(package)
    for module in walk_packages(root.__path__, f"{package}."):
        if "migrations" not in module.name and not module.name.endswith("__main__"):
            import_module(module.name)
    return [model for model in descendants(ResponseModel) if model.__module__.startswith(f"{package}.")]


def descendants(model: type[ResponseModel]) -> Iterator[type[ResponseModel]]:
    for subclass in model.__subclasses__():
        yield subclass
        yield from descendants(subclass)


def limits(annotation: Any, metadata: list[Any]) -> Iterator[object]:
    for item in metadata:
        yield from limits(None, item.metadata) if isinstance(item, FieldInfo) else [item]
    inner = [argument for argument in get_args(annotation) if not isinstance(argument, LIMITS)]
    for argument in inner:
        yield from limits(argument, list(getattr(argument, "__metadata__", ())))


@pytest.mark.parametrize("package", PACKAGES)
def test_no_response_model_limits_what_was_stored(package):
    models = response_models(package)
    assert models
    limited = [
        f"{model.__name__}.{name}"
        for model in models
        for name, field in model.model_fields.items()
        if any(isinstance(limit, LIMITS) for limit in limits(field.annotation, field.metadata))
    ]
    assert limited == []
    validated = [model.__name__ for model in models if model.__pydantic_decorators__.field_validators]
    assert validated == []
