"""Clusters and RFM: frozen at a fit, in force with its model."""

from datetime import date
from random import Random
from uuid import UUID

import pytest
from sqlalchemy import select

from heed_scoring.engine.money import Money
from heed_scoring.models.fitting import fitting
from heed_scoring.models.fitting.portfolio_snapshot import portfolio_snapshot
from heed_scoring.tables import ModelVersion

DAY = date(2026, 3, 1)
REGULARS, PASSERS_BY = 12, 8


def some_customers():
    """Days since the last purchase, purchase days, margin: eight who came once and four kinds of regulars."""
    kinds = (
        [(300, 1, 5.0)] * 8 + [(200, 2, 10.0)] * 6 + [(5, 3, 20.0)] * 6 + [(150, 8, 80.0)] * 6 + [(4, 12, 300.0)] * 6
    )
    return [(recency + place % 3, days, margin) for place, (recency, days, margin) in enumerate(kinds)]


def test_four_kinds_of_regulars_become_four_clusters_beside_those_who_came_once():
    snapshot = portfolio_snapshot(some_customers(), DAY, "USD")
    groups = snapshot["clusters"]["groups"]
    assert [group["place"] for group in groups] == [0, 1, 2, 3, 4]
    assert [group["customers"] for group in groups] == [8, 6, 6, 6, 6]
    assert [group["margin"] for group in groups] == [40.0, 60.0, 120.0, 480.0, 1800.0]
    assert [round(group["purchase_days"], 6) for group in groups] == [1, 2, 3, 8, 12]
    assert groups[4]["distinguishes"]["recency"] < 0 < groups[4]["distinguishes"]["money"]


def test_what_is_frozen_does_not_depend_on_the_order_of_the_customers():
    customers = some_customers()
    shuffled = Random(7).sample(customers, len(customers))
    assert portfolio_snapshot(customers, DAY, "USD") == portfolio_snapshot(shuffled, DAY, "USD")


def test_rfm_cells_count_everybody_once():
    snapshot = portfolio_snapshot(some_customers(), DAY, "USD")
    assert sum(cell[3] for cell in snapshot["rfm"]["cells"]) == snapshot["customers"] == 32
    assert sum(cell[4] for cell in snapshot["rfm"]["cells"]) == pytest.approx(2500.0)
    best = max(snapshot["rfm"]["cells"])
    assert best[:3] == [5, 5, 5]


@pytest.mark.parametrize("customers", [[], [(3, 1, 5.0)], [(3, 2, 5.0)], [(3, 2, -5.0), (3, 2, -5.0)]])
def test_the_smallest_companies_have_clusters_too(customers):
    snapshot = portfolio_snapshot(customers, DAY, "USD")
    assert (snapshot is None) == (not customers)
    if snapshot is not None:
        assert sum(group["customers"] for group in snapshot["clusters"]["groups"]) == len(customers)


@pytest.mark.asyncio
@pytest.mark.slow
async def test_a_fit_freezes_a_snapshot_of_its_customers(client, buy, resources):
    days = [f"2026-0{month}-{day:02d}" for month in (1, 2) for day in range(1, 13)]
    for number in range(1, REGULARS + PASSERS_BY + 1):
        bought = days[: 2 + number] if number <= REGULARS else days[number % 3 : number % 3 + 1]
        await buy(UUID(int=number), *bought, gross=str(10 * number))
    clock, money = resources.clock, Money()
    async with resources.database.transaction() as session:
        request = {"algorithm": "mbg_nbd", "observed_until": None, "penalty": 1.0, "promote": True}
        await fitting.request_fit(session, now=clock.now(), **request)
    async with resources.database.transaction() as session:
        assert await fitting.run_next_fit(session, money=money, clock=clock)
    clusters = (await client.get("/v1/portfolio/clusters")).json()
    rfm = (await client.get("/v1/portfolio/rfm", headers={"Accept-Language": "zh"})).json()
    assert clusters["customers"] == rfm["customers"] == REGULARS + PASSERS_BY
    assert clusters["observed_until"] == rfm["observed_until"] == "2026-02-02"
    assert (clusters["clusters"][0]["label"], clusters["clusters"][0]["customers"]) == ("bought once", PASSERS_BY)
    assert sum(cluster["customers"] for cluster in clusters["clusters"]) == REGULARS + PASSERS_BY
    assert "占客户" in rfm["finding"]
    for name in ("clusters", "rfm"):
        assert (await client.get(f"/v1/portfolio/{name}.png")).status_code == 200
    await buy(UUID(int=99), "2026-03-01")
    assert (await client.get("/v1/portfolio/clusters")).json() == clusters


@pytest.mark.asyncio
async def test_another_currency_waits_for_its_own_fit(client, resources):
    snapshot = portfolio_snapshot(some_customers(), DAY, "CNY")
    async with resources.database.transaction() as session:
        model = (await session.scalars(select(ModelVersion))).one()
        model.portfolio = snapshot
    assert (await client.get("/v1/portfolio/clusters")).json()["clusters"] == []
    async with resources.database.transaction() as session:
        (await session.get(ModelVersion, model.id)).portfolio = snapshot | {"currency": "USD"}
    assert len((await client.get("/v1/portfolio/clusters")).json()["clusters"]) == 5
