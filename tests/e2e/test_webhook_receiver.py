"""The receiver that docs/webhooks.md shows works as it is shown."""

import asyncio
import base64
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from heed_common.clock import SystemClock
from heed_common.outgoing_http.addresses import AddressPolicy, parse_networks
from heed_common.outgoing_http.client import GuardedClient
from heed_customer.subscriptions.delivery import sender
from heed_customer.subscriptions.delivery.sender import Target
from heed_customer.subscriptions.endpoints.signing import Secrets
from tests.kafka_server import free_port

pytestmark = [pytest.mark.asyncio, pytest.mark.e2e, pytest.mark.alone]
PAGE = Path(__file__).resolve().parents[2] / "docs" / "webhooks.md"
SECRET = "whsec_" + base64.b64encode(b"s" * 32).decode()


@pytest.fixture
def receiver() -> Iterator[tuple[int, "subprocess.Popen[str]"]]:
    """The receiver in a process of its own, on a free port."""
    (code,) = re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL)
    assert len([line for line in code.splitlines() if line.strip()]) <= 12
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-c", code],
        env={**os.environ, "SECRET": SECRET, "PORT": str(port)},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    yield port, process
    process.kill()
    process.communicate()


async def test_the_receiver_of_the_page_verifies_and_prints_an_event(receiver):
    port, process = receiver
    policy = AddressPolicy(allow_http=True, allowed_networks=parse_networks("127.0.0.0/8"))
    client = GuardedClient(policy, seconds=30)
    target = Target(uuid4(), f"http://127.0.0.1:{port}/", Secrets(SECRET))
    try:
        while (attempt := await sender.send_test(client, target, now=SystemClock().now())).error:
            assert attempt.error == "connection_refused", attempt.error
            await asyncio.sleep(0.1)
    finally:
        await client.close()
    assert attempt.status == 204
    assert process.stdout is not None
    line = await asyncio.to_thread(process.stdout.readline)
    assert line.split() == ["heed.webhook.tested.v1", str(target.endpoint_id)]
