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
    """Harm to expect if such a complaint is handled badly, from 1 to 5."""
    difficulty: Grade
    """How hard it is to resolve, from 1 to 5."""
    duration_seconds: Annotated[StrictInt, Field(gt=0, le=366 * 86_400)]
    moments_of_truth: Annotated[StrictInt, Field(ge=0, le=1000)]
    """Number of contacts with the customer that its handling usually takes."""


class EntryOut(ResponseModel):
    category: str
    risk: int
    difficulty: int
    duration_seconds: int
    """Usual time to resolve such a complaint, in seconds."""
    moments_of_truth: int
    suggested_severity: Severity
    """The severity of such a complaint, unless an agent judges otherwise."""

    @classmethod
    def from_domain(cls, entry: CatalogueEntry) -> "EntryOut":
        profile = HandlingProfile(**{field.name: getattr(entry, field.name) for field in fields(HandlingProfile)})
        return cls(category=entry.category, **asdict(profile), suggested_severity=suggested_severity(profile))
