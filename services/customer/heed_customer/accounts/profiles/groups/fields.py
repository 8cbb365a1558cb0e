"""Fields with titles in two languages and a class of sensitivity, and the base model of the groups."""

from datetime import date
from enum import StrEnum
from typing import Annotated, Any, ClassVar

from pydantic import Field, StringConstraints

from heed_common.day_fields import ReportDay
from heed_common.fields import RequestModel, ShortText, Visible, at_most

MAX_LIST = 50

Day = ReportDay
Paragraph = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2000), Visible]
Sentence = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=300), Visible]
Texts = Annotated[list[ShortText], Field(max_length=MAX_LIST), at_most(MAX_LIST)]
Year = Annotated[int, Field(strict=True, ge=1900, le=date.max.year)]
FieldNames = Annotated[
    list[Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,63}$")]], Field(max_length=100), at_most(100)
]


class Sensitivity(StrEnum):
    """Who may see a field, and how it is stored."""

    BUSINESS = "business"
    """About an organization."""
    PERSONAL = "personal"
    """About a person."""
    SENSITIVE = "sensitive"
    """About a person and special: encrypted, behind a scope and a consent of its own, each read logged."""


def field(en: str, zh: str, *, sensitivity: Sensitivity = Sensitivity.PERSONAL) -> Any:  # noqa: ANN401 as pydantic's Field
    """Return an optional field with its titles."""
    extra: dict[str, Any] = {"x-titles": {"en": en, "zh": zh}, "x-sensitivity": sensitivity.value}
    return Field(default=None, title=en, json_schema_extra=extra)


def business(en: str, zh: str) -> Any:  # noqa: ANN401 as pydantic's Field
    return field(en, zh, sensitivity=Sensitivity.BUSINESS)


def sensitive(en: str, zh: str) -> Any:  # noqa: ANN401 as pydantic's Field
    return field(en, zh, sensitivity=Sensitivity.SENSITIVE)


class ProfileGroupModel(RequestModel):
    """One group: an object of optional fields. A field that is omitted or null is not known."""

    titles: ClassVar[tuple[str, str]]
    schema_version: ClassVar[int] = 1

    withheld: FieldNames | None = Field(
        default=None,
        description="In responses: fields that have a value which this caller is not shown. Ignored in requests.",
        json_schema_extra={"readOnly": True},
    )
    verified: FieldNames | None = Field(
        default=None,
        description="In responses: fields that a clerk has verified. Ignored in requests.",
        json_schema_extra={"readOnly": True},
    )
