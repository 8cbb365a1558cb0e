"""How the catalogue comes in and is shown."""

from typing import Annotated

from pydantic import Field, StrictInt

from heed_common.contracts.complaint import Severity
from heed_common.fields import RequestModel, ResponseModel
from heed_complaint.reference.service_catalogue.rules import Handling, suggested_severity
from heed_complaint.reference.service_catalogue.tables import CatalogueEntry

Grade = Annotated[StrictInt, Field(ge=1, le=5)]


class EntryIn(RequestModel):
    """What the handling of a category is like."""

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
    """What such a complaint is, unless somebody sees that it is another."""

    @classmethod
    def of(cls, entry: CatalogueEntry) -> "EntryOut":
        stored = {name: getattr(entry, name) for name in cls.model_fields if name != "suggested_severity"}
        said = {name: value for name, value in stored.items() if name != "category"}
        return cls(**stored, suggested_severity=suggested_severity(Handling(**said)))
