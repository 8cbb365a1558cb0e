"""Connection to Kafka: addresses, encryption, credentials and retries."""

import asyncio
import logging
import ssl
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar

from aiokafka import AIOKafkaConsumer, ConsumerRecord
from aiokafka.errors import KafkaError

from heed_common.broker.protocols import Record

REQUEST_TIMEOUT_MS = 15_000
RETRY_SECONDS = 1.0
CLOSE_SECONDS = 3.0
"""Time limit for closing a client: without it, messages to an unavailable broker would be awaited without end."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class KafkaConnection:
    """Addresses and credentials."""

    bootstrap: str
    tls: bool = False
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    mechanism: str = "SCRAM-SHA-512"
    request_timeout_ms: int = REQUEST_TIMEOUT_MS

    def options(self) -> dict[str, Any]:
        protocol = "SSL" if self.tls else "PLAINTEXT"
        options: dict[str, Any] = {
            "bootstrap_servers": self.bootstrap,
            "request_timeout_ms": self.request_timeout_ms,
            "security_protocol": protocol if self.username is None else f"SASL_{protocol}",
            "ssl_context": ssl.create_default_context() if self.tls else None,
        }
        if self.username is not None:
            options["sasl_mechanism"] = self.mechanism
            options["sasl_plain_username"] = self.username
            options["sasl_plain_password"] = self.password
        return options


class Client(Protocol):
    async def start(self) -> None: ...


C = TypeVar("C", bound=Client)


async def connect_with_retry(make: Callable[[], C], close: Callable[[C], Awaitable[None]]) -> C:
    """Return a connected client; retry while the broker is unavailable or rejects the connection."""
    while True:
        client = make()
        try:
            await client.start()
        except KafkaError as error:
            await close(client)
            log.warning("kafka: broker unavailable, reconnecting: %r", error)
        except BaseException:
            await close(client)
            raise
        else:
            return client
        await asyncio.sleep(RETRY_SECONDS)


def is_internal_cancellation() -> bool:
    """Return whether the client itself cancelled: its tasks may end so when a connection is lost at a bad moment.

    Mistaken for a cancellation of the consumer it would end the consumer silently.
    """
    task = asyncio.current_task()
    return task is not None and task.cancelling() == 0


async def close_consumer(consumer: AIOKafkaConsumer) -> None:
    """Close the consumer within the time limit, even if its broker is unavailable or its tasks have ended."""
    try:
        async with asyncio.timeout(CLOSE_SECONDS):
            await consumer.stop()
    except TimeoutError:
        log.warning("kafka: no response in time, closing the consumer")
        await consumer._client.close()
    except asyncio.CancelledError:
        if not is_internal_cancellation():
            raise
        log.warning("kafka: the consumer had already ended")
        await consumer._client.close()


def to_record(record: ConsumerRecord) -> Record:
    """Return the record as the other brokers have it."""
    headers = tuple(map(tuple, record.headers))
    return Record(record.topic, record.partition, record.offset, record.key, record.value or b"", headers)
