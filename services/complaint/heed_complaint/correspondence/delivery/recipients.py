"""Record of the recipients: to whom mails go, so that the customer's reply from that address is recognised."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.contracts.message import ContactChannel
from heed_common.messages.repository import Mark
from heed_complaint.lifecycle.notifications import service as notifications


@dataclass(slots=True)
class RecipientRecord:
    """Called for messages that are handed over. Of an address only a keyed hash is stored."""

    _key: str | None = None

    async def __call__(self, session: AsyncSession, marks: Sequence[Mark]) -> None:
        addresses = {
            mark.message.id: mark.address
            for mark in marks
            if mark.channel is ContactChannel.MAIL and mark.message.customer_id is not None
        }
        if not addresses:
            return
        if self._key is None:
            self._key = await notifications.load_reply_key(session)
        if self._key is not None:
            await notifications.record_recipients(session, addresses, key=self._key)
