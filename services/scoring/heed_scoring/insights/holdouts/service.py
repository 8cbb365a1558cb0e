"""Use cases of hold-outs: a random split of customers, and the measured uplift of an action."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.identifiers import new_id
from heed_measures.uplift import uplift
from heed_scoring.identities import repository as merges
from heed_scoring.insights.holdouts import repository, rules
from heed_scoring.insights.holdouts.errors import HoldoutNotFound
from heed_scoring.insights.holdouts.schemas import ArmOut, HoldoutOut, HoldoutReportOut, UpliftOut
from heed_scoring.insights.holdouts.tables import Assignment, Holdout
from heed_scoring.scores import repository as customers

DIGITS = 6
LEVEL = 0.95


async def create_holdout(
    session: AsyncSession, *, name: str, share: Decimal, seed: str | None, horizon_days: int, now: datetime
) -> Holdout:
    """Create a hold-out. Without a seed its own id is the seed."""
    holdout_id = new_id()
    holdout = Holdout(
        id=holdout_id,
        name=name,
        share=share,
        seed=seed or str(holdout_id),
        horizon_days=horizon_days,
        created_at=now,
    )
    session.add(holdout)
    return holdout


async def list_holdouts(session: AsyncSession, *, before: UUID | None, limit: int) -> Sequence[Holdout]:
    return await repository.list_holdouts(session, before=before, limit=limit)


async def assign(
    session: AsyncSession, *, holdout_id: UUID, customer_id: UUID, today: date, now: datetime
) -> tuple[Assignment, bool]:
    """Return the arm of the customer, assigned at the first request. Raises `HoldoutNotFound`.

    A family of merged customers stays in the arm of its first assignment, else the survivor's id decides.
    """
    holdout = await _holdout(session, holdout_id)
    survivor = await customers.survivor_of(session, customer_id)
    family = await merges.family(session, [customer_id])
    earlier = await repository.first_assignment(session, holdout.id, {customer_id, survivor, *family})
    if earlier is not None:
        return earlier, False
    assignment = {
        "holdout_id": holdout.id,
        "customer_id": survivor,
        "arm": rules.arm_of(holdout.seed, survivor, holdout.share),
        "assigned_at": now,
        "assigned_on": today,
    }
    return await repository.assign(session, assignment)


async def get_report(session: AsyncSession, *, holdout_id: UUID, today: date) -> HoldoutReportOut:
    """Return the outcomes of both arms. Only customers whose horizon is over count. Raises `HoldoutNotFound`."""
    holdout = await _holdout(session, holdout_id)
    found = await repository.outcomes(session, holdout_id, today=today)
    arms = {}
    for arm in rules.ARMS:
        row = found.get(arm)
        customers, observed, bought = (row.customers, row.observed, row.bought) if row else (0, 0, 0)
        rate = round(bought / observed, DIGITS) if observed else None
        arms[arm] = ArmOut(
            customers=customers, waiting=customers - observed, observed=observed, bought_again=bought, rate=rate
        )
    return HoldoutReportOut(
        **HoldoutOut.model_validate(holdout).model_dump(),
        treatment=arms["treatment"],
        holdout=arms["holdout"],
        uplift=_uplift(arms["treatment"], arms["holdout"]),
    )


def _uplift(treatment: ArmOut, holdout: ArmOut) -> UpliftOut | None:
    if not treatment.observed or not holdout.observed:
        return None
    found = uplift((treatment.bought_again, treatment.observed), (holdout.bought_again, holdout.observed), level=LEVEL)
    difference, low, high = (round(number, DIGITS) for number in found)
    return UpliftOut(difference=difference, low=low, high=high, level=LEVEL, method="newcombe")


async def _holdout(session: AsyncSession, holdout_id: UUID) -> Holdout:
    holdout = await repository.get_holdout(session, holdout_id)
    if holdout is None:
        raise HoldoutNotFound
    return holdout
