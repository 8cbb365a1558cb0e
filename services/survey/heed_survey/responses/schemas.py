"""Requests and responses of survey responses."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import Field, StrictInt, WithJsonSchema

from heed_common.fields import Code, ExternalId, Moment, RequestModel, ResponseModel, ShortText, at_most
from heed_survey.responses.cells import SEPARATOR, answer_cells, field_column
from heed_survey.responses.rules import NO_DESIGN, Design, Mode, NewResponse, State

MAX_ANSWERS = 200
MAX_SECONDS = 10 * 365 * 86400
MAX_WEIGHT = 1e9
MAX_POPULATION = 1e12
ANSWER_SCHEMA: dict[str, Any] = {
    "description": (
        "By the type of the item: a whole number (scale, importance), the code of an option (single), a list of codes "
        "(multiple), a text, a number (number, willingness_to_pay), or an object of two values (kano, servqual, "
        "rating_pair). Null is no answer."
    ),
    "anyOf": [
        {"type": "number"},
        {"type": "string"},
        {"type": "array", "items": {"type": "string"}},
        {"type": "object", "additionalProperties": {"anyOf": [{"type": "integer"}, {"type": "string"}]}},
        {"type": "null"},
    ],
}

AnswerValue = Annotated[Any, WithJsonSchema(ANSWER_SCHEMA)]
"""Checked against its item, with an error that names what the item takes."""
Positive = Annotated[float, Field(gt=0, le=MAX_POPULATION, strict=True, allow_inf_nan=False)]


class DesignIn(RequestModel):
    """Where the response comes from in the sample's design."""

    weight: Annotated[float, Field(gt=0, le=MAX_WEIGHT, strict=True, allow_inf_nan=False)] | None = None
    """How many customers the response represents; null: as all others."""
    stratum: ShortText | None = None
    cluster: ShortText | None = None
    """First-stage unit, such as a service point; null if customers were drawn singly."""
    population: Positive | None = None
    """Size of the stratum, or its number of clusters."""
    cluster2: ShortText | None = None
    """Unit of the second stage; null without one."""
    population2: Positive | None = None
    """Number of units in the first-stage unit; null without a second stage, or if unknown."""

    def to_domain(self) -> Design:
        return Design(self.weight, self.stratum, self.cluster, self.population, self.cluster2, self.population2)


class ResponseIn(RequestModel):
    """A response to a survey. Items that are not required may be omitted."""

    external_id: ExternalId | None = None
    customer_id: UUID | None = None
    """Null if it is not known who answered; with `complaint_id` it is the customer of the complaint."""
    complaint_id: UUID | None = None
    """Complaint of the call-back; its customer may be omitted."""
    answered_at: Moment | None = None
    """When the customer answered, which may be long before it is stored; null: now."""
    survey_version: Annotated[StrictInt, Field(ge=1, le=2**31 - 1)] | None = None
    """Version that was shown; by default the current one."""
    mode: Mode = Mode.WEB
    wave: Code | None = None
    """By default the current wave of the survey."""
    interviewer: ShortText | None = None
    """Code of who entered the answers."""
    design: DesignIn | None = None
    """Null: by the sample of the invitation, or a simple random sample."""
    seconds: Annotated[StrictInt, Field(ge=0, le=MAX_SECONDS)] | None = None
    """Time that answering took."""
    touchpoint_at: Moment | None = None
    """When what the survey is about happened; a long delay is flagged."""
    answers: Annotated[dict[Code, AnswerValue], Field(min_length=1, max_length=MAX_ANSWERS), at_most(MAX_ANSWERS)]
    """By item code; the parts of a pair are members, such as `{"expectation": 6, "perception": 5}`."""

    def to_domain(self) -> NewResponse:
        return NewResponse(
            answers=self.answers,
            external_id=self.external_id,
            customer_id=self.customer_id,
            complaint_id=self.complaint_id,
            answered_at=self.answered_at,
            survey_version=self.survey_version,
            mode=self.mode,
            wave=self.wave,
            interviewer=self.interviewer,
            design=NO_DESIGN if self.design is None else self.design.to_domain(),
            seconds=self.seconds,
            touchpoint_at=self.touchpoint_at,
        )


class DesignOut(ResponseModel):
    weight: float | None
    stratum: str | None
    cluster: str | None
    population: float | None
    """Size of the stratum, or its number of clusters; null if it is not known."""
    cluster2: str | None
    population2: float | None


class ResponseOut(ResponseModel):
    """A response. Of an anonymous one only the answers and a day are shown."""

    id: UUID | None
    external_id: str | None
    survey_id: UUID
    survey_version: int | None
    state: State
    """Of the survey when it was answered; responses to its pilot are in no result."""
    customer_id: UUID | None
    complaint_id: UUID | None
    mode: Mode | None
    wave: str | None
    interviewer: str | None
    """Code of who entered the answers; null if the customer did."""
    design: DesignOut
    """Where it comes from in the sample's design."""
    seconds: int | None
    """Time that answering took; null if it is not known."""
    flags: list[str]
    """Doubts about its quality."""
    answered_at: Moment
    received_at: Moment
    recovered: bool
    """Restored from its event: it has only its answers on scales, until the request is repeated."""
    answers: Mapping[str, AnswerValue]

    @classmethod
    def from_row(cls, row: object) -> Self:
        names = (name for name in cls.model_fields if name != "design")
        fields = {name: getattr(row, RENAMED.get(name, name)) for name in names}
        design = {name: getattr(row, column) for name, column in DESIGN_COLUMNS.items()}
        return cls.model_validate(fields | {"design": design})

    @classmethod
    def from_anonymous(cls, row: object) -> Self:
        shown = {name: getattr(row, RENAMED.get(name, name)) for name in ANONYMOUS_FIELDS}
        hidden = dict.fromkeys(cls.model_fields) | {"flags": [], "design": dict.fromkeys(DESIGN_COLUMNS)}
        return cls.model_validate(hidden | shown)

    def cells(self, columns: Sequence[str]) -> Mapping[str, object]:
        """Return the cells of a row in a file with these columns."""
        document = self.model_dump(mode="json", exclude={"answers", "design", "flags"})
        design = {f"design.{name}": value for name, value in self.design.model_dump().items()}
        fields = document | design | {"flags": SEPARATOR.join(self.flags)}
        return {field_column(name, columns): value for name, value in fields.items()} | answer_cells(self.answers)


RENAMED = {"recovered": "is_recovered"}
"""Columns of fields by name."""
ANONYMOUS_FIELDS = ("survey_id", "state", "answered_at", "received_at", "recovered", "answers")
"""What is shown of an anonymous response."""


class ReceiptOut(ResponseModel):
    """All that is known of an anonymous response after it was received."""

    survey_id: UUID
    anonymous: Literal[True] = True


DESIGN_COLUMNS = {
    "weight": "weight",
    "stratum": "stratum",
    "cluster": "cluster",
    "population": "population",
    "cluster2": "second_cluster",
    "population2": "second_population",
}
"""Columns of the members of `design`."""
