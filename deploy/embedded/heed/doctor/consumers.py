"""Consumers: their lag, and whether they make progress."""

import asyncio
from collections.abc import Mapping, Sequence
from importlib import import_module

from heed.doctor.findings import Finding, ok, problem, warning
from heed.doctor.subject import Subject
from heed_common.broker.protocols import Partition

READERS = ("customer", "complaint", "survey", "scoring")
LOOK_AGAIN_SECONDS = 3.0


async def check_consumers(subject: Subject) -> list[Finding]:
    """Check each group with a lag twice: one that makes progress only needs time."""
    groups: dict[str, tuple[str, Sequence[str]]] = {}
    for service in READERS:
        worker = import_module(f"heed_{service}.worker")
        groups[service] = (worker.GROUP, worker.TOPICS)
    first = {service: await subject.bus.committed_offsets(*group) for service, group in groups.items()}
    ends = await subject.bus.end_offsets(sorted({topic for _, topics in groups.values() for topic in topics}))
    lags = {service: _lag(ends, first[service], groups[service][1]) for service in READERS}
    if subject.is_running and any(lags.values()):
        await asyncio.sleep(LOOK_AGAIN_SECONDS)
    findings = []
    for service, group in groups.items():
        moved = lags[service] > 0 and await subject.bus.committed_offsets(*group) != first[service]
        findings.append(_judge(subject, service, lags[service], moved=moved))
    return findings


def _lag(ends: Mapping[Partition, int], positions: Mapping[Partition, int], topics: Sequence[str]) -> int:
    return sum(max(0, end - positions.get(at, 0)) for at, end in ends.items() if at[0] in topics)


def _judge(subject: Subject, service: str, lag: int, *, moved: bool) -> Finding:
    check = f"consumer.{service}"
    if lag == 0:
        return ok(check, "No lag.")
    if not subject.is_running:
        return warning(check, f"Lag: {lag} events.", "`heed up` processes them.")
    if moved:
        return ok(check, f"It makes progress; lag: {lag} events.")
    remedy = f"Check the log of the {service} worker, and whether it is running; restart it."
    return problem(check, f"It makes no progress; lag: {lag} events.", remedy)
