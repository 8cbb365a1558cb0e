"""A sender as a process of its own, to be killed: `python -m tests.common.messages.sender_process URL PORT`.

A customer whose id is in the table `opted_out` is refused.
"""

import asyncio
import os
import signal
import sys
from contextlib import AsyncExitStack
from datetime import timedelta

from sqlalchemy import text

from heed_common.clock import SystemClock
from heed_common.database import Database
from heed_common.encryption import FieldCipher, parse_keys
from heed_common.messages.delivery import Deliveries
from heed_common.messages.job import Sender
from heed_common.messages.permits import Granted, PermitRequest, Refused
from heed_common.messages.settings import SMTPServer
from heed_common.messages.transports.smtp import SMTPTransport
from heed_common.metrics import Metrics
from heed_common.signals import Signal
from tests.common.messages.conftest import SENDER
from tests.common.messages.factories import CATALOGUE, FakePermits

LEASE = timedelta(seconds=3)
IS_OPTED_OUT = text("SELECT EXISTS (SELECT FROM opted_out WHERE customer_id = :customer_id)")


class TablePermits(FakePermits):
    """Grants what the table does not refuse."""

    def __init__(self, database: Database) -> None:
        super().__init__()
        self._database = database

    async def ask(self, request: PermitRequest) -> Granted | Refused:
        async with self._database.transaction() as session:
            if await session.scalar(IS_OPTED_OUT, {"customer_id": request.customer_id}):
                return Refused(allowed=False, reason="opted_out")
        return await super().ask(request)


async def main(url: str, port: int) -> None:
    """Send until SIGTERM."""
    database, clock, metrics = Database(url), SystemClock(), Metrics("complaint")
    database.cipher = FieldCipher(parse_keys(os.environ["HEED_CONTACT_KEYS"]))
    transport = SMTPTransport(SMTPServer("127.0.0.1", port, "none"), sender=SENDER, clock=clock, timeout=5)
    deliveries = Deliveries(
        database,
        TablePermits(database),
        CATALOGUE,
        transport.channels,
        clock,
        metrics,
        first_delay=timedelta(milliseconds=100),
    )
    sender = Sender(
        transport,
        deliveries,
        claimed_channels=transport.channels,
        database=database,
        clock=clock,
        metrics=metrics,
        signal=Signal("test"),
        lease=LEASE,
        net=0.05,
    )
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, sender.stop)
    async with AsyncExitStack() as stack:
        stack.push_async_callback(database.close)
        await sender.run()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2])))
