"""Worker process that processes the imports of a database, for tests that kill it."""

import asyncio
import sys
from decimal import Decimal

from heed_common.clock import SystemClock
from heed_common.database import Database
from heed_common.encryption import FieldCipher
from heed_common.metrics import Metrics
from heed_common.occurrence import DEFAULT_EARLIEST
from heed_customer.imports.processing.job import ImportJob
from heed_customer.imports.rules import ProcessingSettings


async def work(url: str) -> None:
    job = ImportJob(
        Database(url),
        clock=SystemClock(),
        metrics=Metrics("customer"),
        settings=ProcessingSettings(Decimal("0.30"), DEFAULT_EARLIEST, "CN", FieldCipher([bytes(32)])),
    )
    while await job.process_next_chunk():
        sys.stdout.write("a chunk is done\n")
        sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(work(sys.argv[1]))
