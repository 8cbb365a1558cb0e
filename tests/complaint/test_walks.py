"""Walks through the code: how many files a reader opens, and how deep calls nest, for the two most important requests.

`pytest -s tests/complaint/test_walks.py` prints the files of each walk.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from types import FrameType

import pytest

from heed_complaint.sla import service
from tests.complaint.test_api import body

SERVICE = "heed_complaint"
CALCULATION = "sla/clock/"
"""Pure calculation of deadlines, which a reader of the flow passes by: it has no frames of the flow."""
MAX_FILES_OPENING, MAX_FRAMES_OPENING = 32, 8
MAX_FILES_BREACH, MAX_FRAMES_BREACH = 15, 7
pytestmark = pytest.mark.asyncio


@dataclass
class Walk:
    """The files of the service whose code ran, and the deepest stack of its frames."""

    files: set[str] = field(default_factory=set)
    deepest: list[str] = field(default_factory=list)

    def profile(self, frame: FrameType, event: str, _argument: object) -> None:
        if event != "call" or (name := _name(frame)) is None:
            return
        self.files.add(name.partition(":")[0])
        if name.startswith(CALCULATION):
            return
        stack = [name]
        outer = frame.f_back
        while outer is not None:
            if (name := _name(outer)) is not None:
                stack.append(name)
            outer = outer.f_back
        if len(stack) > len(self.deepest):
            self.deepest = stack[::-1]


def _name(frame: FrameType) -> str | None:
    """Return the frame's file and function if it is code of the service; comprehensions are no frames of their own."""
    parts = Path(frame.f_code.co_filename).parts
    if SERVICE not in parts or frame.f_code.co_name.startswith("<"):
        return None
    return "/".join(parts[parts.index(SERVICE) + 1 :]) + ":" + frame.f_code.co_name


@contextmanager
def walked() -> Iterator[Walk]:
    walk = Walk()
    sys.setprofile(walk.profile)
    try:
        yield walk
    finally:
        sys.setprofile(None)


def report(title: str, walk: Walk) -> None:
    print(f"\n{title}: {len(walk.files)} files, {len(walk.deepest)} frames", *sorted(walk.files), sep="\n  ")
    print("  deepest:", *walk.deepest, sep="\n    ")


async def test_opening_a_complaint_is_a_short_walk(client):
    await client.post("/v1/complaints", json=body())
    with walked() as walk:
        answer = await client.post("/v1/complaints", json=body())
    assert answer.status_code == 201
    report("POST /v1/complaints", walk)
    assert 0 < len(walk.files) <= MAX_FILES_OPENING
    assert len(walk.deepest) <= MAX_FRAMES_OPENING


async def test_a_breach_is_a_short_walk(client, complaint_database, clock):
    assert (await client.post("/v1/complaints", json=body())).status_code == 201
    clock.advance(timedelta(days=3))
    with walked() as walk:
        async with complaint_database.transaction() as session:
            assert await service.fire_due_alerts(session, now=clock.now()) == 1
    report("SLA breach", walk)
    assert 0 < len(walk.files) <= MAX_FILES_BREACH
    assert len(walk.deepest) <= MAX_FRAMES_BREACH
