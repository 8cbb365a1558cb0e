"""What a sender needs of a transport, and what can go wrong."""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol
from uuid import UUID

from heed_common.contracts.message import ContactChannel, MessageSubject


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """A rendered message and where it goes. Its address and content are not in its repr."""

    message_id: UUID
    channel: ContactChannel
    address: str = field(repr=False)
    language: str
    template: str
    subject: str = field(repr=False)
    text: str = field(repr=False)
    html: str | None = field(default=None, repr=False)
    promotional: bool = False
    unsubscribe_url: str | None = field(default=None, repr=False)
    in_reply_to: str | None = field(default=None, repr=False)
    references: Sequence[str] = field(default=(), repr=False)
    about: MessageSubject | None = None
    created_at: datetime


class Unavailable(Exception):
    """The transport as a whole cannot send now: no message is to blame, and every message waits."""


class TransientFailure(Exception):
    """This message may be accepted later."""

    def __init__(self, reason: str, *, uncertain: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.uncertain = uncertain
        """The content was handed over, but no answer came: it may have been accepted."""


class PermanentFailure(Exception):
    """This message will not be accepted."""

    def __init__(self, reason: str, *, bounced: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.bounced = bounced
        """The address does not exist or accepts nothing."""


class Connection(Protocol):
    """An open connection of a transport, used for one message at a time."""

    async def send(self, delivery: Delivery) -> None:
        """Return when the transport has accepted the message. Raises `TransientFailure`, `PermanentFailure`."""


class Transport(Protocol):
    """Carries messages of some channels."""

    name: str
    channels: frozenset[ContactChannel]
    concurrency: int
    """How many messages are sent at the same time by one process."""

    def connection(self) -> AbstractAsyncContextManager[Connection]:
        """Open a connection, or take an idle one. Raises `Unavailable`: nothing was handed over."""

    async def close(self) -> None: ...
