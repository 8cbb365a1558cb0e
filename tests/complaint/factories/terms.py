"""Calendars, policies and agreements as tests write them, over HTTP."""

from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx

from heed_common.clock import FakeClock
from heed_common.database import Database
from heed_common.fields import format_moment
from heed_common.metrics import Metrics
from heed_common.periodic_job import PeriodicJob
from heed_complaint.sla.replanning.service import replan_page

WORKDAYS = ("mon", "tue", "wed", "thu", "fri")
CALENDARS, POLICIES, AGREEMENTS = "/v1/sla/calendars", "/v1/sla/policies", "/v1/agreements"


def make_calendar(*day: tuple[str, str], time_zone: str = "UTC", **overrides: Any) -> dict[str, Any]:
    """The same hours on each workday, from nine to six by default."""
    hours = [list(interval) for interval in day or (("09:00", "18:00"),)]
    return {"time_zone": time_zone, "hours": dict.fromkeys(WORKDAYS, hours), **overrides}


def make_target(within: str = "PT8H", calendar: str = "always", **overrides: Any) -> dict[str, Any]:
    return {"within": within, "calendar": calendar, **overrides}


def make_policy(field: str | None = None, op: str = "eq", value: Any = None, **overrides: Any) -> dict[str, Any]:
    """Eight hours to resolve complaints with that field, or all."""
    when = {} if field is None else {"when": {"field": field, "op": op, "value": value}}
    return {"order": 10, "targets": {"resolution": make_target()}, **when, **overrides}


def make_agreement(*, now: datetime, **overrides: Any) -> dict[str, Any]:
    party = {} if "segment" in overrides else {"customer_id": str(uuid4())}
    return party | {
        "needs": "They run at night",
        "quality_plan": "A second line from ten to six",
        "signed_by": "Li Na",
        "signed_on": "2026-02-01",
        "valid_from": format_moment(now - timedelta(days=30)),
        "policy": {"targets": {"resolution": make_target("PT2H")}},
        **overrides,
    }


async def put(client: httpx.AsyncClient, path: str, body: Any, **query: Any) -> httpx.Response:
    """Over whatever is there."""
    tag = (await client.get(path)).headers.get("ETag")
    return await client.put(path, json=body, headers={"If-Match": tag} if tag else {}, params=query)


async def open_one(client: httpx.AsyncClient, *, now: datetime, **overrides: Any) -> dict[str, Any]:
    body = {
        "customer_id": str(uuid4()),
        "channel": "phone",
        "category": "product",
        "severity": "minor",
        "description": "It does not start",
        "occurred_at": format_moment(now),
        **overrides,
    }
    answer = await client.post("/v1/complaints", json=body)
    assert answer.status_code == 201, answer.text
    return answer.json()


def due(complaint: dict[str, Any], milestone: str = "resolution") -> datetime | None:
    at = next(clock["due_at"] for clock in complaint["sla"] if clock["milestone"] == milestone)
    return at and datetime.fromisoformat(at)


async def due_now(client: httpx.AsyncClient, complaint: dict[str, Any], milestone: str = "resolution") -> Any:
    return due((await client.get(f"/v1/complaints/{complaint['id']}")).json(), milestone)


async def replan(database: Database, clock: FakeClock) -> None:
    """What a worker's loop does until nothing is left."""
    timer = PeriodicJob("replanning", replan_page, database=database, clock=clock, metrics=Metrics("complaint"), lock=1)
    while await timer.run_once():
        pass
