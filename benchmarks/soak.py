"""`python -m benchmarks.soak --minutes 10`: what grows while the embedded product is written to, and how much a write.

The product runs as a process of its own; three callers write a realistic mix to it. Measured at the beginning, after
half of the time, and at the end, each time when nothing is under way: what a table takes with its indexes and its dead
rows, the memory of the process, its open files. A table that grows in the second half as in the first stores its input;
one that does not is a queue or is bounded.
"""

import argparse
import asyncio
import random
import shutil
import tempfile
import threading
import time
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import httpx

from heed.gateway import SERVICES
from heed.postgres_server import Cluster
from heed.services import LOG_DATABASE
from heed.subprocess_product import ProductProcess

CALLERS = 3
PURCHASES = 6
MOVES: tuple[dict[str, object], ...] = (
    {"action": "accept"},
    {"action": "contact", "answered_live": True},
    {"action": "commit", "promise": "A replacement today"},
    {"action": "complete", "resolution": "Sent a replacement by courier"},
)
SIZES = """
    SELECT relname AS name, pg_table_size(relid) AS heap, pg_indexes_size(relid) AS indexes,
        n_live_tup AS live, n_dead_tup AS dead
    FROM pg_stat_user_tables WHERE schemaname = 'public'
"""


@dataclass(frozen=True, slots=True)
class Size:
    """What one table takes."""

    heap: int = 0
    indexes: int = 0
    live: int = 0
    dead: int = 0

    @property
    def bytes(self) -> int:
        return self.heap + self.indexes


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The product at rest, after so many writes."""

    writes: int
    tables: dict[str, Size]
    memory: int
    files: int


class Callers:
    """Threads that write until they are stopped."""

    def __init__(self, product: ProductProcess) -> None:
        self._product = product
        self._stopped = threading.Event()
        self._lock = threading.Lock()
        self._customers: list[str] = []
        self.writes = 0
        self.answers: Counter[int] = Counter()

    def write_for(self, seconds: float) -> None:
        self._stopped.clear()
        threads = [threading.Thread(target=self._write, args=(number,)) for number in range(CALLERS)]
        for thread in threads:
            thread.start()
        time.sleep(seconds)
        self._stopped.set()
        for thread in threads:
            thread.join()

    def _write(self, number: int) -> None:
        chance = random.Random(number)
        with self._product.client() as http:
            while not self._stopped.is_set():
                self._visit(http, chance)

    def _visit(self, http: httpx.Client, chance: random.Random) -> None:
        """Write a new customer, purchases of existing ones, some returns, a call, and sometimes a complaint."""
        body: dict[str, object] = {"kind": "individual", "name": f"Soak {uuid4()}", "external_id": str(uuid4())}
        customer_id = self._post(http, "/v1/customers", body)["id"]
        with self._lock:
            self._customers.append(customer_id)
            chosen = chance.choices(self._customers, k=PURCHASES)
        for customer_id in chosen:
            purchase = self._post(http, "/v1/purchases", _purchase(customer_id), keyed=chance.random() < 0.5)
        if chance.random() < 0.2:
            returned = {"external_id": str(uuid4()), "reason": "not_wanted", "occurred_at": _now().isoformat()}
            lines = [{"sku": "kettle", "quantity": "1"}]
            self._post(http, f"/v1/purchases/{purchase['id']}/returns", returned | {"lines": lines})
        call = {"customer_id": chosen[0], "kind": "service", "channel": "phone", "occurred_at": _now().isoformat()}
        self._post(http, "/v1/interactions", call)
        if chance.random() < 0.5:
            complaint = self._post(http, "/v1/complaints", _complaint(chosen[1]))
            for move in MOVES if chance.random() < 0.8 else ():
                promised = {"promised_by": (_now() + timedelta(hours=3)).isoformat()} if "promise" in move else {}
                self._post(http, f"/v1/complaints/{complaint['id']}/transitions", move | promised)

    def _post(self, http: httpx.Client, path: str, body: object, *, keyed: bool = False) -> dict[str, Any]:
        headers = {"Idempotency-Key": str(uuid4())} if keyed else {}
        answer = http.post(path, json=body, headers=headers)
        with self._lock:
            self.answers[answer.status_code] += 1
            self.writes += 1
        answer.raise_for_status()
        document: dict[str, Any] = answer.json()
        return document


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.soak")
    parser.add_argument("--minutes", type=float, default=10.0, help="how long it is written to, 10 without it")
    minutes = parser.parse_args().minutes
    folder = Path(tempfile.mkdtemp(prefix="heed-soak-"))
    folder.chmod(0o755)
    try:
        with ProductProcess(folder / ".heed") as product:
            callers = Callers(product)
            callers.write_for(5)  # What every new database makes once is no growth.
            moments = [_take_snapshot(product, folder, callers)]
            for _ in range(2):
                callers.write_for(minutes * 30)
                moments.append(_take_snapshot(product, folder, callers))
            _report(moments, callers)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _take_snapshot(product: ProductProcess, folder: Path, callers: Callers) -> Snapshot:
    """When all that was written has been taken in by everybody."""
    with product.client() as http:
        idle = 0
        while idle < 3:
            time.sleep(2.5)  # The meters are read every five seconds.
            names = ("heed_outbox_depth", "heed_consumer_lag")
            meters = [line for line in http.get("/metrics").text.splitlines() if line.startswith(names)]
            idle = idle + 1 if not any(float(line.rpartition(" ")[2]) for line in meters) else 0
    process = Path(f"/proc/{product.pid}")
    status = (process / "status").read_text() if process.exists() else ""
    memory = next((int(line.split()[1]) * 1024 for line in status.splitlines() if line.startswith("VmRSS")), 0)
    files = len(list((process / "fd").iterdir())) if process.exists() else 0
    return Snapshot(callers.writes, asyncio.run(_sizes(folder / ".heed" / "postgres")), memory, files)


async def _sizes(directory: Path) -> dict[str, Size]:
    cluster = Cluster(directory)
    if not cluster.attach():
        raise RuntimeError("the product's PostgreSQL is not there")
    sizes = {}
    for database in (*SERVICES, LOG_DATABASE):
        connection = await asyncpg.connect(cluster.url(database))
        try:
            for row in await connection.fetch(SIZES):
                sizes[f"{database}.{row['name']}"] = Size(row["heap"], row["indexes"], row["live"], row["dead"])
        finally:
            await connection.close()
    return sizes


def _report(moments: list[Snapshot], callers: Callers) -> None:
    first, middle, last = moments
    halves = [(first, middle), (middle, last)]
    print(f"{'table':34}{'B/write 1st':>12}{'2nd half':>10}{'heap':>10}{'indexes':>10}{'rows':>9}{'dead':>8}")
    totals = [0.0, 0.0]
    for name in sorted(last.tables, key=lambda name: -last.tables[name].bytes):
        rates = [_rate(since, until, name) for since, until in halves]
        totals = [total + rate for total, rate in zip(totals, rates, strict=True)]
        size = last.tables[name]
        if any(round(rate) for rate in rates) or size.bytes > 1_000_000:
            mib = [f"{amount / 2**20:.1f}M" for amount in (size.heap, size.indexes)]
            print(f"{name:34}{rates[0]:12.0f}{rates[1]:10.0f}{mib[0]:>10}{mib[1]:>10}{size.live:9}{size.dead:8}")
    print(f"{'all':34}{totals[0]:12.0f}{totals[1]:10.0f}")
    for title, moment in zip(("at the beginning", "half way", "at the end"), moments, strict=True):
        print(f"{title:17} {moment.writes:8,} writes  {moment.memory / 2**20:6.0f} MiB  {moment.files:4} open files")
    print(f"answers by status: {dict(callers.answers)}")


def _rate(since: Snapshot, until: Snapshot, name: str) -> float:
    grown = until.tables[name].bytes - since.tables.get(name, Size()).bytes
    return grown / max(1, until.writes - since.writes)


def _now() -> datetime:
    return datetime.now(UTC)


def _purchase(customer_id: str) -> dict[str, object]:
    line = {"sku": "kettle", "category": "kitchen", "quantity": "1", "unit_price": "79.90", "unit_cost": "41.00"}
    known = {"customer_id": customer_id, "external_id": str(uuid4()), "occurred_at": _now().isoformat()}
    return known | {"currency": "USD", "lines": [line]}


def _complaint(customer_id: str) -> dict[str, object]:
    return {
        "customer_id": customer_id,
        "occurred_at": _now().isoformat(),
        "description": "It leaks from the spout.",
        "category": "product",
        "severity": "minor",
        "channel": "phone",
    }


if __name__ == "__main__":
    main()
