"""A line of a file: a complaint as in a single call, with its moves and their moments."""

from typing import Annotated, Any
from uuid import UUID

from pydantic import Field, PlainValidator, ValidationInfo, create_model, field_validator

from heed_common.fields import ExternalId, Moment, ShortText, at_most, validation_error
from heed_complaint.intake.imports.past.moves import PastComplaint, PastMove
from heed_complaint.lifecycle.opening.rules import NewComplaint
from heed_complaint.lifecycle.opening.schemas import ComplaintIn
from heed_complaint.lifecycle.transitions.rules import Transition
from heed_complaint.lifecycle.transitions.schemas import KINDS, MoveIn, Named

MAX_MOVES = 200
PAST_KINDS: dict[type[MoveIn], type[MoveIn]] = {
    kind: create_model(f"Past{kind.__name__}", __base__=kind, at=(Moment, ...), by=(ShortText | None, None))
    for kind in set(KINDS.values())
}
"""The schema of each kind of move, with when and by whom it was made."""
STEP_FIELDS = tuple(name for name in Transition.__dataclass_fields__)


def _past_move(value: object) -> PastMove:
    move: Any = PAST_KINDS[KINDS[Named.model_validate(value).action]].model_validate(value)
    step = {name: getattr(move, name) for name in STEP_FIELDS if hasattr(move, name)}
    return PastMove(move.at, Transition(**step), move.by)


class PastComplaintIn(ComplaintIn):
    """A complaint of another system."""

    external_id: ExternalId
    received_at: Moment
    customer_external_id: ExternalId | None = None
    owner: ShortText | None = None
    """The agent in charge, by the caller's id."""
    transitions: Annotated[
        tuple[Annotated[PastMove, PlainValidator(_past_move)], ...], Field(max_length=MAX_MOVES), at_most(MAX_MOVES)
    ] = ()

    @field_validator("customer_external_id")
    @classmethod
    def _names_one_customer(cls, value: str | None, info: ValidationInfo) -> str | None:
        customer_id: UUID | None = info.data.get("customer_id")
        if value is not None and customer_id is not None:
            raise validation_error("one_customer", "cannot be given together with customer_id")
        return value

    def to_domain(self) -> PastComplaint:
        given = {name: getattr(self, name) for name in ComplaintIn.model_fields}
        attachments = tuple(each.as_reference() for each in self.attachments)
        new = NewComplaint(**given | {"attachments": attachments})
        return PastComplaint(new, self.received_at, self.transitions, self.customer_external_id, self.owner)
