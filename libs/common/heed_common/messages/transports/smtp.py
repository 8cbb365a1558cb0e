"""Messages by SMTP, over a few connections that are used again."""

import re
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from email.headerregistry import Address
from time import monotonic

import aiosmtplib
from aiosmtplib import SMTP, SMTPException, SMTPResponseException

from heed_common.clock import Clock
from heed_common.contracts.message import ContactChannel
from heed_common.messages.mail import build_mail
from heed_common.messages.settings import SMTPServer
from heed_common.messages.transports.protocols import Delivery, PermanentFailure, TransientFailure, Unavailable

IDLE_SECONDS = 10.0
"""A connection that was idle for longer is closed: servers close them after a while, some without a word."""
BAD_ADDRESS = re.compile(r"(5\.1\.[0-9]+|5\.2\.1)\b")
ENHANCED_CODE = re.compile(r"\s*5\.[0-9]{1,3}\.[0-9]{1,3}\b")
BAD_MAILBOX_CODES = (550, 551, 553)
CLOSING = 421
LOST = (aiosmtplib.SMTPServerDisconnected, aiosmtplib.SMTPTimeoutError, OSError)


@dataclass(slots=True)
class _Pooled:
    """A connection and when it was last used."""

    client: SMTP
    used_at: float


class SMTPTransport:
    """Sends mails through one server."""

    name = "smtp"
    channels = frozenset({ContactChannel.MAIL})

    def __init__(
        self, server: SMTPServer, *, sender: Address, clock: Clock, concurrency: int = 4, timeout: float = 30.0
    ) -> None:
        self.concurrency = concurrency
        self.server = server
        self.sender = sender
        self.clock = clock
        self._timeout = timeout
        self._idle: list[_Pooled] = []
        self._tls = _tls_context(server)

    @asynccontextmanager
    async def connection(self) -> AsyncIterator["SMTPConnection"]:
        """Take an idle connection or open one. After an error it is closed."""
        reused = self._take()
        connection = SMTPConnection(self, reused or await self.open(), is_reused=reused is not None)
        try:
            yield connection
        except BaseException:
            connection.client.close()
            raise
        if connection.client.is_connected:
            self._idle.append(_Pooled(connection.client, monotonic()))

    async def open(self) -> SMTP:
        """Connect, with TLS and a login if they are configured. Raises `Unavailable`."""
        client = SMTP(
            hostname=self.server.host,
            port=self.server.port,
            username=self.server.username,
            password=self.server.password.get_secret_value() if self.server.password else None,
            local_hostname=self.sender.domain,
            timeout=self._timeout,
            use_tls=self.server.security == "tls",
            start_tls=self.server.security == "starttls",
            tls_context=self._tls,
        )
        try:
            await client.connect()
        except (SMTPException, OSError, ValueError) as error:
            client.close()
            raise Unavailable(_diagnosis(error)) from None
        return client

    async def close(self) -> None:
        """Close the idle connections."""
        idle, self._idle = self._idle, []
        for pooled in idle:
            with suppress(SMTPException, OSError, TimeoutError):
                await pooled.client.quit(timeout=1)
            pooled.client.close()

    def _take(self) -> SMTP | None:
        while self._idle:
            pooled = self._idle.pop()
            if pooled.client.is_connected and monotonic() - pooled.used_at < IDLE_SECONDS:
                return pooled.client
            pooled.client.close()
        return None


class SMTPConnection:
    """One connection, for one mail at a time."""

    def __init__(self, transport: SMTPTransport, client: SMTP, *, is_reused: bool) -> None:
        self.client = client
        self._transport = transport
        self._is_reused = is_reused

    async def send(self, delivery: Delivery) -> None:
        """Send the mail. The server is responsible for it after its positive reply to the content."""
        mail = build_mail(delivery, sender=self._transport.sender, now=self._transport.clock.now())
        try:
            options = [] if delivery.address.isascii() else ["SMTPUTF8", "BODY=8BITMIME"]
            if options and not await self._supports_utf8():
                raise PermanentFailure("smtputf8_unsupported")
            await self._send_envelope(delivery.address, options)
            await self._send_content(mail)
        except (TransientFailure, PermanentFailure):
            await self._reset()
            raise

    async def _supports_utf8(self) -> bool:
        """Return whether the server accepts addresses beyond ASCII, which it announces in reply to EHLO."""
        try:
            await self.client.ehlo()
        except aiosmtplib.SMTPHeloError:
            return False
        except LOST as error:
            raise Unavailable(_diagnosis(error)) from None
        return self.client.supports_extension("smtputf8")

    async def _send_envelope(self, address: str, options: list[str]) -> None:
        """Begin a mail. A server may close a used connection after any mail: then a new connection begins it again."""
        try:
            await self._mail_and_recipient(address, options)
        except LOST as error:
            if not self._is_reused:
                raise Unavailable(_diagnosis(error)) from None
            self.client.close()
            self.client, self._is_reused = await self._transport.open(), False
            await self._send_envelope(address, options)

    async def _mail_and_recipient(self, address: str, options: list[str]) -> None:
        try:
            await self.client.mail(self._transport.sender.addr_spec, options=options)
        except SMTPResponseException as error:
            # A server that does not accept our own address accepts no mail at all: a matter of its configuration.
            raise Unavailable(_diagnosis(error)) from None
        try:
            await self.client.rcpt(address, encoding="utf-8" if options else "ascii")
        except aiosmtplib.SMTPRecipientRefused as error:
            _raise_for_recipient(error)

    async def _send_content(self, content: bytes) -> None:
        try:
            await self.client.data(content)
        except SMTPResponseException as error:
            if error.code == CLOSING:
                raise Unavailable(_diagnosis(error)) from None
            if error.code >= 500:
                raise PermanentFailure("content_refused") from None
            raise TransientFailure("deferred") from None
        except LOST:
            self.client.close()
            raise TransientFailure("no_answer", uncertain=True) from None

    async def _reset(self) -> None:
        """Make the connection usable for the next mail, or close it."""
        if not self.client.is_connected:
            return
        try:
            await self.client.rset()
        except (SMTPException, OSError):
            self.client.close()


def _raise_for_recipient(error: aiosmtplib.SMTPRecipientRefused) -> None:
    if error.code == CLOSING:
        raise Unavailable(_diagnosis(error)) from None
    if error.code < 500:
        raise TransientFailure("deferred") from None
    raise PermanentFailure("recipient_refused", bounced=_is_bad_address(error.code, error.message)) from None


def _is_bad_address(code: int, text: str) -> bool:
    """Return whether the mailbox is at fault, not the content or a policy. Not every server has enhanced codes."""
    if ENHANCED_CODE.match(text):
        return BAD_ADDRESS.match(text.strip()) is not None
    return code in BAD_MAILBOX_CODES


def _tls_context(server: SMTPServer) -> ssl.SSLContext | None:
    if server.security == "none":
        return None
    return ssl.create_default_context(cafile=str(server.ca_file) if server.ca_file else None)


def _diagnosis(error: Exception) -> str:
    """Return what an operator needs. A server's text may repeat addresses, so only its code is used."""
    if isinstance(error, SMTPResponseException):
        return f"{type(error).__name__} {error.code}"
    cause = error.__cause__ or error.__context__ or error
    if isinstance(cause, ssl.SSLCertVerificationError):
        return f"certificate not accepted: {cause.verify_message}"
    return type(error).__name__
