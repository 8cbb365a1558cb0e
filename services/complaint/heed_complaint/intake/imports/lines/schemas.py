"""A line of a file: a complaint as in a single call, with its moves and their moments."""

from typing import Annotated, Any, Self

from pydantic import Field, PlainValidator, create_model, model_validator

from heed_common.fields import ExternalId, LongText, Moment, RequestModel, ShortText, at_most, validation_error
from heed_complaint.intake.imports.past.moves import PastComplaint, PastMessage, PastMove
from heed_complaint.lifecycle.messages.rules import Author, Visibility
from heed_complaint.lifecycle.opening.schemas import ComplaintIn
from heed_complaint.lifecycle.transitions.rules import Transition
from heed_complaint.lifecycle.transitions.schemas import KINDS, MoveIn, Named

MAX_MOVES, MAX_MESSAGES = 200, 200
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


class PastMessageIn(RequestModel):
    """A message between agents and the customer, or a note of an agent."""

    at: Moment
    author: Author
    text: LongText
    visibility: Visibility = Visibility.CUSTOMER
    by: ShortText | None = None

    @model_validator(mode="after")
    def _check_customer(self) -> Self:
        if self.author is Author.CUSTOMER and (self.visibility is Visibility.INTERNAL or self.by is not None):
            raise validation_error("not_of_customer", "of the customer is neither internal nor made by an agent")
        return self

    def to_domain(self) -> PastMessage:
        return PastMessage(self.at, self.author, self.visibility, self.text, self.by)


class PastComplaintIn(ComplaintIn):
    """A complaint of another system."""

    external_id: ExternalId
    received_at: Moment
    owner: ShortText | None = None
    """The agent in charge, by the caller's id."""
    transitions: Annotated[
        tuple[Annotated[PastMove, PlainValidator(_past_move)], ...], Field(max_length=MAX_MOVES), at_most(MAX_MOVES)
    ] = ()
    messages: Annotated[tuple[PastMessageIn, ...], Field(max_length=MAX_MESSAGES), at_most(MAX_MESSAGES)] = ()

    def to_domain(self) -> PastComplaint:
        messages = tuple(message.to_domain() for message in self.messages)
        new, name = self.as_new(), self.customer_external_id
        return PastComplaint(new, self.received_at, self.transitions, name, self.owner, messages)
