"""A real SMTP server on loopback that behaves as the test demands: slow, refusing, dropping connections, lying."""

import asyncio
import email
import ssl
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.policy import default
from typing import Any

from aiosmtpd.smtp import SMTP

ACCEPTED = "250 2.0.0 OK"

Behaviour = Callable[["MailServer", SMTP, str], Awaitable[str | None]]
"""What happens with a mail to this address: None accepts it, a reply refuses it."""


@dataclass(frozen=True)
class ReceivedMail:
    """A mail whose content the server has got."""

    recipient: str
    content: bytes
    answered: bool
    """Whether the server replied that it accepts the mail."""

    @property
    def mail(self) -> EmailMessage:
        return email.message_from_bytes(self.content, policy=default)  # type: ignore[return-value]

    @property
    def message_id(self) -> str:
        return str(self.mail["Message-ID"]).strip()


@dataclass
class MailServer:
    """The server, what it received, and how it treats mails by recipient."""

    port: int = 0
    rcpt: Mapping[str, Behaviour] = field(default_factory=dict)
    data: Mapping[str, Behaviour] = field(default_factory=dict)
    default_data: Behaviour | None = None
    received: list[ReceivedMail] = field(default_factory=list)
    connections: int = 0
    sessions: dict[asyncio.Transport, str | None] = field(default_factory=dict)
    """Open connections, each with the Message-ID of its last mail."""
    unanswered: set[str] = field(default_factory=set)
    """Message-IDs of which the sender may have got no answer, because the server was killed."""

    async def handle_RCPT(self, server: SMTP, session: Any, envelope: Any, address: str, options: list[str]) -> str:  # noqa: N802
        behaviour = self.rcpt.get(address)
        reply = await behaviour(self, server, address) if behaviour else None
        if reply is not None:
            return reply
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server: SMTP, session: Any, envelope: Any) -> str:  # noqa: N802
        address = envelope.rcpt_tos[0]
        behaviour = self.data.get(address, self.default_data)
        reply = await behaviour(self, server, address) if behaviour else None
        dropped = server.transport is None or server.transport.is_closing()
        if reply is None or reply.startswith("250"):
            self.received.append(mail := ReceivedMail(address, envelope.content, answered=not dropped))
            self.sessions[server.transport] = mail.message_id
            self.unanswered |= {mail.message_id} if dropped else set()
        return reply or ACCEPTED

    def counts(self) -> Counter[str]:
        """Return how often each mail was received, by Message-ID."""
        return Counter(received.message_id for received in self.received)

    def drop_all(self) -> None:
        """Drop every connection, as a server that is killed."""
        self.unanswered |= {message_id for message_id in self.sessions.values() if message_id is not None}
        for transport in list(self.sessions):
            transport.abort()
        self.sessions.clear()


class _Session(SMTP):
    """One connection, of which the server knows."""

    def __init__(self, owner: MailServer, **options: Any) -> None:
        super().__init__(owner, **options)
        self._owner = owner

    def connection_made(self, transport: Any) -> None:
        self._owner.connections += 1
        self._owner.sessions[transport] = None
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        self._owner.sessions.pop(self.transport, None)
        super().connection_lost(error)


@asynccontextmanager
async def running(
    server: MailServer, *, tls: ssl.SSLContext | None = None, starttls: ssl.SSLContext | None = None, **options: Any
) -> AsyncIterator[MailServer]:
    """Run the server, on its former port if it had one. At the end every connection is dropped."""
    loop = asyncio.get_running_loop()
    options = {"hostname": "mail.example", "tls_context": starttls, "require_starttls": starttls is not None, **options}
    listening = await loop.create_server(
        lambda: _Session(server, loop=loop, enable_SMTPUTF8=True, **options), "127.0.0.1", server.port, ssl=tls
    )
    server.port = listening.sockets[0].getsockname()[1]
    try:
        yield server
    finally:
        listening.close()
        server.drop_all()
        await asyncio.sleep(0)


def replies(text: str) -> Behaviour:
    """Refuse with this reply."""

    async def behaviour(_: MailServer, __: SMTP, ___: str) -> str:
        return text

    return behaviour


def waits(seconds: float) -> Behaviour:
    async def behaviour(_: MailServer, __: SMTP, ___: str) -> None:
        await asyncio.sleep(seconds)

    return behaviour


async def drops_before_answer(_: MailServer, server: SMTP, __: str) -> str:
    """Accept the mail, and be gone before the answer."""
    server.transport.abort()
    return ACCEPTED


async def drops_content(_: MailServer, server: SMTP, __: str) -> str:
    """Be gone in the middle of the mail, which is lost."""
    server.transport.abort()
    return "451 gone"


async def drops_after_answer(_: MailServer, server: SMTP, __: str) -> str:
    """Accept the mail and close the connection without a word."""
    asyncio.get_running_loop().call_later(0.001, server.transport.close)
    return ACCEPTED
