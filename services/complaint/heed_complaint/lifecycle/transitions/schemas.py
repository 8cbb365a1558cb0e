"""Request bodies of transitions, one for each action."""

from typing import Annotated, Literal, get_args

from pydantic import BaseModel, Field, PlainValidator, RootModel, StrictBool

from heed_common.fields import Code, LongText, Moment, RequestModel
from heed_complaint.lifecycle.transitions.rules import Action, Transition


class MoveIn(RequestModel):
    """What all moves have in common."""

    action: Action
    note: LongText | None = None
    """For agents only: stored in the history and not published."""

    def as_move(self) -> Transition:
        return Transition(**{name: getattr(self, name) for name in type(self).model_fields})


class PlainMove(MoveIn):
    action: Literal[Action.ACCEPT, Action.RESUME, Action.CLOSE]
    """A move that needs no content."""


class ReasonedMove(MoveIn):
    action: Literal[Action.DECLINE, Action.REFER, Action.WITHDRAW, Action.REOPEN, Action.WAIT_FOR_CUSTOMER]
    """A move that needs a reason."""
    reason: LongText
    """Stored in the history; of decline and refer the customer gets it in a message."""


class Contact(MoveIn):
    """The first C, connect: an agent has spoken with the customer."""

    action: Literal[Action.CONTACT]
    """The move to `contacted`."""
    answered_live: StrictBool = False
    """The customer reached the person in charge at once."""


class Commit(MoveIn):
    """What is promised, and by when."""

    action: Literal[Action.COMMIT]
    """The move to `committed`."""
    promise: LongText
    """What the customer is promised; the status page shows it."""
    promised_by: Moment
    """Deadline of the promise; whether it was met is recorded automatically."""


class Complete(MoveIn):
    """What was done, why it had gone wrong, and whose matter it was."""

    action: Literal[Action.COMPLETE]
    """The move to `completed`."""
    resolution: LongText
    """What was done, in free text; never in an event."""
    cause: Code | None = None
    responsibility: Code | None = None


class Confirm(MoveIn):
    """Whether the customer accepts the result; if not, the complaint is open again."""

    action: Literal[Action.CONFIRM]
    """The move to `confirmed`, or to `reopened` if the result is not accepted."""
    accepted: StrictBool
    """The customer's answer; false reopens the complaint."""


class CallBack(MoveIn):
    """Two questions: is it solved, and was it pleasant? `solved` is null if no one was reached."""

    action: Literal[Action.CALL_BACK]
    """The move to `called_back`."""
    solved: StrictBool | None
    pleasant: StrictBool | None = None


OneOfThem = Annotated[
    PlainMove | ReasonedMove | Contact | Commit | Complete | Confirm | CallBack, Field(discriminator="action")
]
KINDS: dict[Action, type[MoveIn]] = {
    action: kind
    for kind in (PlainMove, ReasonedMove, Contact, Commit, Complete, Confirm, CallBack)
    for action in get_args(kind.model_fields["action"].annotation)
}


class Named(BaseModel):
    """The action, which selects the schema of the body."""

    action: Action


def _by_action(value: object) -> MoveIn:
    """Pydantic's own choice by a discriminator leads pointers through the name of the action, where nothing is."""
    return KINDS[Named.model_validate(value).action].model_validate(value)


class AnyMove(RootModel[Annotated[MoveIn, PlainValidator(_by_action, json_schema_input_type=OneOfThem)]]):
    """One move."""
