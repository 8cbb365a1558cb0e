"""What each move asks for. The action says which of these a body is."""

from typing import Annotated, Literal, get_args

from pydantic import Field, StrictBool, WrapValidator
from pydantic_core.core_schema import ValidatorFunctionWrapHandler

from heed_common.fields import Body, Code, LongText, Moment
from heed_complaint.moves.rules import Action, Move


class MoveIn(Body):
    """What all moves have in common."""

    action: Action
    note: LongText | None = None
    """For the desk only: it is kept in the history and told to nobody."""

    def as_move(self) -> Move:
        return Move(**{name: getattr(self, name) for name in type(self).model_fields})


class PlainMove(MoveIn):
    action: Literal[Action.ACCEPT, Action.RESUME, Action.CLOSE]


class ReasonedMove(MoveIn):
    action: Literal[Action.DECLINE, Action.REFER, Action.WITHDRAW, Action.REOPEN, Action.WAIT_FOR_CUSTOMER]
    reason: LongText


class Contact(MoveIn):
    """The first C, connect: somebody has spoken with the customer."""

    action: Literal[Action.CONTACT]
    answered_live: StrictBool = False
    """The customer reached the person in charge at once."""


class Commit(MoveIn):
    """What is promised, and by when."""

    action: Literal[Action.COMMIT]
    promise: LongText
    promised_by: Moment


class Complete(MoveIn):
    """What was done, why it had gone wrong, and whose matter it was."""

    action: Literal[Action.COMPLETE]
    resolution: LongText
    cause: Code | None = None
    responsibility: Code | None = None


class Confirm(MoveIn):
    """Whether the customer accepts the result; if not, the complaint is open again."""

    action: Literal[Action.CONFIRM]
    accepted: StrictBool


class CallBack(MoveIn):
    """Two questions: is it solved, and was it pleasant? `solved` is null where nobody was reached."""

    action: Literal[Action.CALL_BACK]
    solved: StrictBool | None
    pleasant: StrictBool | None = None


KINDS: dict[str, type[MoveIn]] = {
    action: kind
    for kind in (PlainMove, ReasonedMove, Contact, Commit, Complete, Confirm, CallBack)
    for action in get_args(kind.model_fields["action"].annotation)
}


def _by_action(value: object, otherwise: ValidatorFunctionWrapHandler) -> object:
    """Validates as the action says, so that pointers into the body do not lead through the name of the action."""
    action = value.get("action") if isinstance(value, dict) else None
    kind = KINDS.get(action) if isinstance(action, str) else None
    return otherwise(value) if kind is None else kind.model_validate(value)


AnyMove = Annotated[
    PlainMove | ReasonedMove | Contact | Commit | Complete | Confirm | CallBack,
    Field(discriminator="action"),
    WrapValidator(_by_action),
]
