"""A line of a file: a complaint as in a single call, with its moves and their moments."""

from typing import Annotated, Any

from pydantic import Field, PlainValidator, create_model

from heed_common.fields import ExternalId, Moment, ShortText, at_most
from heed_complaint.intake.imports.past.moves import PastComplaint, PastMove
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
    owner: ShortText | None = None
    """The agent in charge, by the caller's id."""
    transitions: Annotated[
        tuple[Annotated[PastMove, PlainValidator(_past_move)], ...], Field(max_length=MAX_MOVES), at_most(MAX_MOVES)
    ] = ()

    def to_domain(self) -> PastComplaint:
        return PastComplaint(self.as_new(), self.received_at, self.transitions, self.customer_external_id, self.owner)
