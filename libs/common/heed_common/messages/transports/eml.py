"""Messages as `.eml` files in a folder, where neither an SMTP server nor a gateway is configured."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from email.headerregistry import Address
from pathlib import Path

from heed_common.clock import Clock
from heed_common.contracts.message import ContactChannel
from heed_common.messages.mail import build_mail
from heed_common.messages.transports.protocols import Delivery, Unavailable

CHANNELS = frozenset({ContactChannel.MAIL, ContactChannel.SMS, ContactChannel.WECOM})


class EMLTransport:
    """Writes each message to a file of its own, named by its id: sent again, it replaces itself."""

    name = "eml"
    concurrency = 2

    def __init__(
        self, folder: Path, *, sender: Address, clock: Clock, channels: frozenset[ContactChannel] = CHANNELS
    ) -> None:
        self.channels = channels
        self._folder = folder
        self._sender = sender
        self._clock = clock

    @asynccontextmanager
    async def connection(self) -> AsyncIterator["EMLTransport"]:
        """Create the folder. Raises `Unavailable`."""
        try:
            await asyncio.to_thread(self._folder.mkdir, 0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise Unavailable(f"the mail folder: {error.strerror}") from None
        yield self

    async def send(self, delivery: Delivery) -> None:
        """Write the file and rename it, so that a reader never sees a part of it."""
        mail = build_mail(delivery, sender=self._sender, now=self._clock.now())
        name = f"{delivery.created_at:%Y%m%dT%H%M%SZ}-{delivery.message_id}.eml"
        try:
            await asyncio.to_thread(self._write, name, mail)
        except OSError as error:
            raise Unavailable(f"the mail folder: {error.strerror}") from None

    async def close(self) -> None:
        """Nothing is open."""

    def _write(self, name: str, content: bytes) -> None:
        unfinished = self._folder / f".{name}.unfinished"
        with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(self._folder / name)
