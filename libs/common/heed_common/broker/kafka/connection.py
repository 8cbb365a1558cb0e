"""How the brokers are reached: address, encryption, account, and patience."""

import asyncio
import logging
import ssl
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar

from aiokafka.errors import KafkaError

REQUEST_TIMEOUT_MS = 15_000
RETRY_SECONDS = 1.0
CLOSE_SECONDS = 3.0
"""A drain waits so long; what is on its way to a broker that is away would be waited for without end."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class KafkaConnection:
    """How to reach the brokers, and as whom."""

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
    """A client that has connected; a broker that is away, or refuses us still, is waited for."""
    while True:
        client = make()
        try:
            await client.start()
        except KafkaError as error:
            await close(client)
            log.warning("the broker cannot be reached, trying again: %r", error)
        except BaseException:
            await close(client)
            raise
        else:
            return client
        await asyncio.sleep(RETRY_SECONDS)


def is_internal_cancellation() -> bool:
    """Whether a cancellation comes from the client, whose own tasks end so when a connection is lost at a bad moment.

    Taken for our own it would end the loop that reads, without a word.
    """
    task = asyncio.current_task()
    return task is not None and task.cancelling() == 0
