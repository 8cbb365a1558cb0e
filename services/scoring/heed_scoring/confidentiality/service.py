"""The one way from a score to its reader."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.contracts.survey import DefectionReason
from heed_scoring import repository as scores_repository
from heed_scoring.confidentiality import repository, rules
from heed_scoring.confidentiality.rules import Visible
from heed_scoring.said import Said
from heed_scoring.tables import Customer


async def visible(session: AsyncSession, documents: Sequence[Said], *, confidential: bool) -> list[Visible]:
    """Return the scores as their reader may see them; `confidential` says whether that is all of it.

    What is confidential is looked up after the scores were read, so that the newest word of it counts.
    """
    if confidential:
        return [Visible(document) for document in documents]
    named = rules.mentioned(documents)
    hidden = await repository.hidden(session, named)
    return [rules.hide(document, hidden) for document in documents]


async def visible_rows(session: AsyncSession, rows: Sequence[Customer], *, confidential: bool) -> list[Visible]:
    """Return the same of the lines of a list, which hold the numbers that were told last without their explanation."""
    if confidential:
        return [Visible(row.summary()) for row in rows]
    told = await scores_repository.last_said_of_each(session, [row.customer_id for row in rows])
    shown = await visible(session, list(told.values()), confidential=False)
    by_customer = dict(zip(told, shown, strict=True))
    return [Visible(row.summary() | _of_complaints(row, by_customer.get(row.customer_id))) for row in rows]


def _of_complaints(row: Customer, shown: Visible | None) -> dict[str, Any]:
    """What complaints have a part in; without history nothing says whether they had."""
    if shown is None:
        return {"complaints": [], "churn_risk": row.summary()["churn_risk"] | {"reason": DefectionReason.UNKNOWN.value}}
    return {name: shown[name] for name in ("complaints", "churn_risk")}
