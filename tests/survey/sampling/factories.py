"""Customers of the frame, and members of samples."""

from collections.abc import Sequence
from itertools import count
from typing import Any
from uuid import UUID

import httpx
from sqlalchemy.ext.asyncio import AsyncSession

from heed_common import inbox
from heed_common.contracts.event import Event
from heed_common.identifiers import new_id
from heed_survey.handlers import HANDLERS
from tests.conftest import NOON
from tests.scoring.factories import make_purchase, make_registration, received

NORTH = {"field": "customer.region", "op": "eq", "value": "north"}
STUDY = {
    "purpose": "To know how satisfied customers are",
    "nature": "conclusive",
    "population": "All customers",
    "method": "web",
    "responsible": "research",
    "report_due": "2026-06-30",
}
SHOPS = 3
VERSIONS = count(2)


async def add_customers(session: AsyncSession, *, events: Sequence[Event] = (), **regions: int) -> list[UUID]:
    """Register so many customers of each region, all but those of an unknown one with a purchase at one of three shops.

    Events are processed after that.
    """
    customers, registrations = [], []
    for region, number in regions.items():
        for index in range(number):
            customer_id = new_id()
            customers.append(customer_id)
            known = region != "unknown"
            registrations.append(make_registration(customer_id, region=region if known else None))
            if known:
                shop = f"shop {index % SHOPS}"
                bought = make_purchase(customer_id, days_ago=10 + index, service_point_id=shop)
                registrations.append(bought)
    batch = [received(event, aggversion=next(VERSIONS)) for event in (*registrations, *events)]
    await inbox.build_batch_handler(HANDLERS)(session, batch, NOON)
    return customers


async def members_of(client: httpx.AsyncClient, sample: dict[str, Any]) -> list[dict[str, Any]]:
    path = f"/v1/surveys/{sample['survey_id']}/samples/{sample['id']}/members"
    response = await client.get(path, params={"limit": 200})
    assert response.status_code == 200, response.text
    members: list[dict[str, Any]] = response.json()["items"]
    return members
