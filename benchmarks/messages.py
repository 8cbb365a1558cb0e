"""Messages a second to a mail server on loopback, beside aiosmtplib alone. Alone: `python -m benchmarks.messages`."""

import asyncio
import multiprocessing
from collections.abc import Iterator
from contextlib import contextmanager
from email.headerregistry import Address
from multiprocessing.connection import Connection
from pathlib import Path
from time import perf_counter

from aiosmtplib import SMTP
from sqlalchemy import text

from benchmarks import fixtures, processor
from benchmarks.report import rate
from heed.postgres_server import Cluster
from heed_common import migrations
from heed_common.clock import SystemClock
from heed_common.contracts.message import ContactChannel
from heed_common.database import Database
from heed_common.encryption import FieldCipher, new_key, parse_keys
from heed_common.identifiers import new_id
from heed_common.messages.delivery import Deliveries
from heed_common.messages.job import Sender
from heed_common.messages.mail import build_mail
from heed_common.messages.permits import HTTPPermits
from heed_common.messages.queue import OutgoingMessage, enqueue_all
from heed_common.messages.rendering import TemplateText
from heed_common.messages.settings import SMTPServer
from heed_common.messages.templates import ShippedTemplate
from heed_common.messages.transports.protocols import Delivery
from heed_common.messages.transports.smtp import SMTPTransport
from heed_common.metrics import Metrics
from heed_common.signals import Signal

MESSAGES, CONNECTIONS, ROUNDS = fixtures.scaled(1000), 8, 3
SENDER = Address("Heed", addr_spec="service@heed.example")
TEXT = TemplateText("We received your complaint", "Dear {{ name }},\n\n" + "we will call you back. " * 20)
CATALOGUE = {"acknowledgement": ShippedTemplate({"en": "", "zh": ""}, {"en": TEXT, "zh": TEXT}, {"name": "Li"})}
COUNT_WAITING = text("SELECT count(*) FROM outgoing_message WHERE state = 'queued'")
REPLIES = {b"EHLO": b"250-sink\r\n250 8BITMIME\r\n", b"DATA": b"354 go\r\n", b"QUIT": b"221 bye\r\n"}


async def _receive(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Accept every mail as fast as the protocol allows."""
    writer.write(b"220 sink\r\n")
    while line := await reader.readline():
        command = line[:4].upper()
        writer.write(REPLIES.get(command, b"250 OK\r\n"))
        if command == b"DATA":
            await reader.readuntil(b"\r\n.\r\n")
            writer.write(b"250 OK\r\n")
    writer.close()


def _serve(port: Connection) -> None:
    async def serve() -> None:
        server = await asyncio.start_server(_receive, "127.0.0.1", 0)
        port.send(server.sockets[0].getsockname()[1])
        await server.serve_forever()

    asyncio.run(serve())


@contextmanager
def _mail_server() -> Iterator[int]:
    context = multiprocessing.get_context("spawn")
    receiving, sending = context.Pipe(duplex=False)
    process = context.Process(target=_serve, args=(sending,), daemon=True)
    process.start()
    try:
        yield receiving.recv()
    finally:
        process.terminate()
        process.join()


async def _raw(port: int) -> float:
    """Send as many prepared mails over as many connections with aiosmtplib alone. Return the rate."""
    content = build_mail(_delivery(), sender=SENDER, now=SystemClock().now())

    async def send(count: int) -> None:
        async with SMTP(hostname="127.0.0.1", port=port, start_tls=False, local_hostname="heed.example") as client:
            for _ in range(count):
                await client.sendmail(SENDER.addr_spec, ["li@example.com"], content)

    begun = perf_counter()
    await asyncio.gather(*(send(MESSAGES // CONNECTIONS) for _ in range(CONNECTIONS)))
    return MESSAGES / (perf_counter() - begun)


def _delivery() -> Delivery:
    return Delivery(
        message_id=new_id(),
        channel=ContactChannel.MAIL,
        address="li@example.com",
        language="en",
        template="acknowledgement",
        subject=TEXT.subject,
        text=TEXT.text,
        created_at=SystemClock().now(),
    )


async def _heed(port: int, database: Database) -> float:
    """Send queued messages to addresses that wrote to the service: without the time of the customer service."""
    clock = SystemClock()
    messages = [
        OutgoingMessage(
            id=new_id(),
            address=f"c{number}@example.com",
            template="acknowledgement",
            channels=(ContactChannel.MAIL,),
            params={"name": "Li"},
        )
        for number in range(MESSAGES)
    ]
    async with database.transaction() as session:
        await enqueue_all(session, messages, now=clock.now())
    metrics = Metrics("complaint")
    transport = SMTPTransport(
        SMTPServer("127.0.0.1", port, "none"), sender=SENDER, clock=clock, concurrency=CONNECTIONS
    )
    deliveries = Deliveries(database, HTTPPermits(None, None), CATALOGUE, transport.channels, clock, metrics)
    sender = Sender(
        transport,
        deliveries,
        claimed_channels=transport.channels,
        database=database,
        clock=clock,
        metrics=metrics,
        signal=Signal("benchmark"),
    )
    task, begun = asyncio.create_task(sender.run()), perf_counter()
    while await _waiting(database):  # noqa: ASYNC110 - the sender is looked at from outside
        await asyncio.sleep(0.05)
    seconds = perf_counter() - begun
    sender.stop()
    await task
    return MESSAGES / seconds


async def _waiting(database: Database) -> int:
    async with database.transaction() as session:
        return int(await session.scalar(COUNT_WAITING) or 0)


async def _measure(port: int, url: str, data: Path) -> None:
    database = Database(url)
    database.cipher = FieldCipher(parse_keys(new_key()))
    try:
        await _heed(port, database)
        raw, ours = [], []
        spent: dict[str, list[float]] = {"heed": [], "reference": []}
        for _ in range(ROUNDS):
            before = processor.used(data)
            raw.append(await _raw(port))
            between = processor.used(data)
            ours.append(await _heed(port, database))
            for name, start, end in (("reference", before, between), ("heed", between, processor.used(data))):
                spent[name].append(sum(processor.microseconds(start, end, per=MESSAGES).values()))
    finally:
        await database.close()
    claim = f"messages sent, each recorded before and after, over {CONNECTIONS} connections"
    reference_is = "aiosmtplib alone, the same mail, the same number of connections"
    rate(claim, ours, raw, unit="messages/s", reference_is=reference_is)
    rate(
        f"{claim}: time of the processor, with PostgreSQL",
        spent["heed"],
        spent["reference"],
        unit="microseconds",
        reference_is=reference_is,
        better="lower",
    )


def measure(cluster: Cluster) -> None:
    """Print the claim."""
    cluster.create_database("messages")
    url = cluster.url("messages")
    asyncio.run(migrations.upgrade(url, "heed_complaint"))
    with _mail_server() as port:
        asyncio.run(_measure(port, url, cluster.data))


if __name__ == "__main__":
    with fixtures.cluster() as cluster:
        measure(cluster)
