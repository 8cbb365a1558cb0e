"""A complaint of the past, its moves and its messages. Pure."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from heed_common.content_hash import fingerprint
from heed_common.errors import HeedError
from heed_common.fields import is_too_far_ahead
from heed_common.occurrence import InTheFuture, OutOfOrder
from heed_complaint.intake.imports.errors import MoveBeforeReceipt
from heed_complaint.lifecycle.messages.rules import Author, Visibility
from heed_complaint.lifecycle.opening.rules import NewComplaint
from heed_complaint.lifecycle.transitions.rules import Transition
from heed_complaint.sla.promises.errors import PromiseDateInPast


@dataclass(frozen=True, slots=True)
class PastMove:
    """A move, when it was made, and by whom as far as it is known."""

    at: datetime
    step: Transition
    by: str | None = None


@dataclass(frozen=True, slots=True)
class PastMessage:
    """A note of an agent, or a message between agents and the customer."""

    at: datetime
    author: Author
    visibility: Visibility
    text: str
    by: str | None = None

    @property
    def is_of_customer(self) -> bool:
        return self.author is Author.CUSTOMER

    @property
    def is_answer(self) -> bool:
        return self.author is Author.DESK and self.visibility is Visibility.CUSTOMER


@dataclass(frozen=True, slots=True)
class PastComplaint:
    """A complaint of another system with everything that had happened to it there."""

    new: NewComplaint
    received_at: datetime
    moves: tuple[PastMove, ...] = ()
    customer_external_id: str | None = None
    owner: str | None = None
    messages: tuple[PastMessage, ...] = ()

    def unanswered_since(self) -> datetime | None:
        """Return when the customer wrote first after the last move, and the last message, of an agent."""
        answers = [message.at for message in self.messages if message.is_answer]
        answered_at = max([self.received_at, *answers, *(move.at for move in self.moves)])
        written = [message.at for message in self.messages if message.is_of_customer]
        return min((at for at in written if at > answered_at), default=None)

    def fingerprint(self) -> bytes:
        """Return the hash by which a line that is sent again is recognised."""
        content = self.new.explicit_values() | {
            "customer_external_id": self.customer_external_id,
            "owner": self.owner,
            "moves": [
                {name: value for name, value in _content(move).items() if value is not None} for move in self.moves
            ],
        }
        if self.messages:  # Without any, the hash is that of versions which did not import messages.
            content["messages"] = [asdict(message) for message in self.messages]
        return fingerprint(content)


def check_moments(moves: Sequence[PastMove], *, received_at: datetime, now: datetime) -> HeedError | None:
    """Return an error unless the moves come after the receipt and after each other, and none lies ahead."""
    before = received_at
    for index, move in enumerate(moves):
        pointer = f"/transitions/{index}/at"
        if is_too_far_ahead(move.at, now=now):
            return InTheFuture(pointer=pointer)
        if move.at < received_at:
            return MoveBeforeReceipt(pointer=pointer)
        if move.at < before:
            return OutOfOrder("A move cannot lie before the one that precedes it.", pointer=pointer)
        if move.step.promised_by is not None and move.step.promised_by <= move.at:
            return PromiseDateInPast(pointer=f"/transitions/{index}/promised_by")
        before = move.at
    return None


def check_messages(messages: Sequence[PastMessage], *, received_at: datetime, now: datetime) -> HeedError | None:
    """Return an error unless the messages come after the receipt, and none lies ahead."""
    for index, message in enumerate(messages):
        pointer = f"/messages/{index}/at"
        if is_too_far_ahead(message.at, now=now):
            return InTheFuture(pointer=pointer)
        if message.at < received_at:
            return OutOfOrder("A message cannot lie before the receipt.", pointer=pointer)
    return None


def _content(move: PastMove) -> dict[str, object]:
    return asdict(move.step) | {"at": move.at, "by": move.by}
