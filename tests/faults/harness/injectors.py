"""How each kind of fault is done to a running product. Each returns when the fault is over."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from uuid import uuid4

from tests.faults.harness import poison
from tests.faults.harness.life import Life
from tests.faults.harness.plan import Fault, FaultKind

SLOW_CLIENTS = 30
"""More than one service has connections to its database."""
CROWD = 45
BACKENDS = 40


async def kill_product(life: Life, _: Fault) -> None:
    await asyncio.to_thread(life.product.kill)
    await life.start()


async def freeze_product(life: Life, fault: Fault) -> None:
    with life.product.frozen():
        await asyncio.sleep(fault.amount)


async def kill_postgresql(life: Life, _: Fault) -> None:
    life.product.kill_postgresql()


async def kill_backend(life: Life, fault: Fault) -> None:
    await asyncio.to_thread(life.product.kill_backend, int(fault.amount * BACKENDS))


async def kill_product_and_backend(life: Life, fault: Fault) -> None:
    """Let the next start meet a server that is still recovering."""
    await kill_backend(life, fault)
    await kill_product(life, fault)


async def freeze_postgresql(life: Life, fault: Fault) -> None:
    with life.product.frozen_postgresql():
        await asyncio.sleep(fault.amount)


async def stall_postgresql(life: Life, fault: Fault) -> None:
    """Let more callers come meanwhile than a service has connections to its database."""
    with life.product.frozen_postgresql():
        crowd = [asyncio.create_task(_register(life)) for _ in range(CROWD)]
        await asyncio.sleep(fault.amount)
    await asyncio.gather(*crowd)


async def kill_kafka(life: Life, fault: Fault) -> None:
    assert life.kafka is not None
    await asyncio.to_thread(life.kafka.kill)
    await asyncio.sleep(fault.amount)
    await asyncio.to_thread(life.kafka.start)


async def freeze_kafka(life: Life, fault: Fault) -> None:
    assert life.kafka is not None
    with life.kafka.frozen():
        await asyncio.sleep(fault.amount)


async def fill_disk(life: Life, fault: Fault) -> None:
    await asyncio.to_thread(life.product.disk.fill)
    try:
        await asyncio.sleep(fault.amount)
    finally:
        life.product.disk.free()


async def jump_ahead(life: Life, fault: Fault) -> None:
    life.product.clock.jump(timedelta(minutes=fault.amount))


async def jump_back(life: Life, fault: Fault) -> None:
    life.product.clock.jump(-timedelta(minutes=fault.amount))


async def slow_clients(life: Life, fault: Fault) -> None:
    """Send the beginnings of writes, with the right to write and without, and nothing more until the fault is over."""
    async with asyncio.TaskGroup() as group:
        for token in (life.product.token, life.powerless_token):
            for _ in range(SLOW_CLIENTS):
                group.create_task(_dawdle(life, token, fault.amount))


async def restore(life: Life, fault: Fault) -> None:
    """Back up, let the callers go on, and restore: of what they wrote since, nothing may be left."""
    folder = life.product.folder / f"backup-{uuid4()}"
    async with life.pace.held():
        await asyncio.to_thread(life.product.command, "backup", str(folder))
        backed_up = life.journal.acknowledged()
    await asyncio.sleep(fault.amount)
    async with life.pace.held():
        await asyncio.to_thread(life.product.stop)
        await asyncio.to_thread(life.product.command, "restore", str(folder))
        await asyncio.to_thread(life.product.remove_backups, folder)
        life.journal.go_back(backed_up)
        life.pace.restores += 1
        await life.start()


async def poison_row(life: Life, fault: Fault) -> None:
    await poison.ROWS[int(fault.amount * len(poison.ROWS))](life)


async def poison_events(life: Life, _: Fault) -> None:
    await poison.append_events(life)


INJECTORS: Mapping[FaultKind, Callable[[Life, Fault], Awaitable[None]]] = {
    FaultKind.KILL_PRODUCT: kill_product,
    FaultKind.FREEZE_PRODUCT: freeze_product,
    FaultKind.KILL_POSTGRESQL: kill_postgresql,
    FaultKind.KILL_BACKEND: kill_backend,
    FaultKind.KILL_PRODUCT_AND_BACKEND: kill_product_and_backend,
    FaultKind.FREEZE_POSTGRESQL: freeze_postgresql,
    FaultKind.STALL_POSTGRESQL: stall_postgresql,
    FaultKind.KILL_KAFKA: kill_kafka,
    FaultKind.FREEZE_KAFKA: freeze_kafka,
    FaultKind.FILL_DISK: fill_disk,
    FaultKind.JUMP_AHEAD: jump_ahead,
    FaultKind.JUMP_BACK: jump_back,
    FaultKind.SLOW_CLIENTS: slow_clients,
    FaultKind.STALLED_CLIENTS: slow_clients,
    FaultKind.RESTORE: restore,
    FaultKind.POISON_ROW: poison_row,
    FaultKind.POISON_EVENTS: poison_events,
}


async def _register(life: Life) -> None:
    body, key = {"kind": "individual", "name": "one of a crowd"}, f"crowd-{uuid4()}"
    await life.caller.write("/v1/customers", body, key=key, fact="heed.customer.registered")


async def _dawdle(life: Life, token: str, seconds: float) -> None:
    head = (
        "POST /v1/complaints HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 200\r\n"
        f"Authorization: Bearer {token}\r\nIdempotency-Key: {uuid4()}\r\n\r\n{{"
    )
    # The product may close the connection, which is one right answer to this.
    with suppress(OSError):
        async with _connected(life.product.port) as writer:
            writer.write(head.encode())
            await writer.drain()
            await asyncio.sleep(seconds)


@asynccontextmanager
async def _connected(port: int) -> AsyncIterator[asyncio.StreamWriter]:
    _, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        yield writer
    finally:
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()
