"""Permits that remember to whom a mail goes, so that the customer's reply from that address is recognised."""

from dataclasses import dataclass

from heed_common.contracts.message import ContactChannel
from heed_common.database import Database
from heed_common.messages.permits import Granted, PermitRequest, Permits, Refused
from heed_complaint.lifecycle.notifications import service as notifications


@dataclass(slots=True)
class RecordingPermits:
    """The customer service as the sender asks it. Of the address only a keyed hash is stored."""

    permits: Permits
    database: Database

    async def ask(self, request: PermitRequest) -> Granted | Refused:
        permit = await self.permits.ask(request)
        if isinstance(permit, Granted) and permit.channel is ContactChannel.MAIL:
            async with self.database.transaction() as session:
                await notifications.record_recipient(session, request.message_id, address=permit.address)
        return permit

    async def close(self) -> None:
        await self.permits.close()
