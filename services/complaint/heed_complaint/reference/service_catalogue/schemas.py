"""Catalogue entries as JSON."""

from dataclasses import asdict, fields
from typing import Annotated

from pydantic import Field, StrictInt

from heed_common.contracts.complaint import Severity
from heed_common.fields import RequestModel, ResponseModel
from heed_complaint.reference.service_catalogue.rules import HandlingProfile, suggested_severity
from heed_complaint.reference.service_catalogue.tables import CatalogueEntry

Grade = Annotated[StrictInt, Field(ge=1, le=5)]


class EntryIn(RequestModel):
    """The handling profile of a category."""

    risk: Grade
    difficulty: Grade
    duration_seconds: Annotated[StrictInt, Field(gt=0, le=366 * 86_400)]
    moments_of_truth: Annotated[StrictInt, Field(ge=0, le=1000)]


class EntryOut(ResponseModel):
    category: str
    risk: int
    difficulty: int
    duration_seconds: int
    moments_of_truth: int
    suggested_severity: Severity
    """The severity of such a complaint, unless an agent judges otherwise."""

    @classmethod
    def from_domain(cls, entry: CatalogueEntry) -> "EntryOut":
        profile = HandlingProfile(**{field.name: getattr(entry, field.name) for field in fields(HandlingProfile)})
        return cls(category=entry.category, **asdict(profile), suggested_severity=suggested_severity(profile))
