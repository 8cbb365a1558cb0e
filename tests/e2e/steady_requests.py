"""Reads and writes through the gateway, one after the other, until SIGTERM. Fails if one of them fails.

`HEED_E2E_URL=… HEED_E2E_TOKEN=… python -m tests.e2e.steady_requests`
"""

import os
import signal
import sys
import time
from collections import Counter
from types import FrameType
from uuid import uuid4

import httpx

PAUSE_SECONDS = 0.01
stopped = False


def stop(_signal: int, _frame: FrameType | None) -> None:
    """End after the present request."""
    global stopped
    stopped = True


def outcome(client: httpx.Client, *, writes: bool) -> str:
    """Return the status of a request, or the name of what has happened to it."""
    body = {"kind": "individual", "name": "Ann", "external_id": str(uuid4())}
    try:
        response = (
            client.post("/v1/customers", json=body) if writes else client.get("/v1/customers", params={"limit": 1})
        )
    except httpx.TransportError as error:
        return type(error).__name__
    return str(response.status_code)


def main() -> int:
    """Return 0 if every read was answered 200 and every write 201."""
    signal.signal(signal.SIGTERM, stop)
    headers = {"Authorization": f"Bearer {os.environ['HEED_E2E_TOKEN']}"}
    outcomes: Counter[str] = Counter()
    longest = 0.0
    with httpx.Client(base_url=os.environ["HEED_E2E_URL"], headers=headers, timeout=30) as client:
        while not stopped:
            began = time.perf_counter()
            outcomes[outcome(client, writes=outcomes.total() % 2 == 1)] += 1
            longest = max(longest, time.perf_counter() - began)
            time.sleep(PAUSE_SECONDS)
    print(f"{outcomes.total()} requests, {dict(outcomes)}, the longest took {longest:.2f} s")
    return 0 if outcomes.keys() == {"200", "201"} else 1


if __name__ == "__main__":
    sys.exit(main())
