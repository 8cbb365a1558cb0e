"""Use cases that make scores visible to a reader; no score leaves the service in another way."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.contracts.survey import DefectionReason
from heed_scoring.explain.visible import Visible
from heed_scoring.scores import repository as scores_repository
from heed_scoring.scores.confidentiality import repository, rules
from heed_scoring.scores.score_document import PublishedScore, ScoreDocument


async def visible_documents(
    session: AsyncSession, documents: Sequence[ScoreDocument], *, confidential: bool
) -> list[Visible]:
    """Return the scores as their reader may see them: unchanged with `confidential`, else redacted.

    Confidentiality is looked up after the scores were read, so that the newest state counts.
    """
    if confidential:
        return [Visible(document) for document in documents]
    named = rules.referenced_ids(documents)
    hidden = await repository.confidential_ids(session, named)
    return [rules.redact(document, hidden) for document in documents]


async def visible_rows(session: AsyncSession, rows: Sequence[PublishedScore], *, confidential: bool) -> list[Visible]:
    """Return the same for the rows of a list, which have the last published numbers without their explanation."""
    if confidential:
        return [Visible(row.summary()) for row in rows]
    documents = await scores_repository.latest_documents(session, [row.customer_id for row in rows])
    shown = await visible_documents(session, list(documents.values()), confidential=False)
    by_customer = dict(zip(documents, shown, strict=True))
    return [Visible(row.summary() | _of_complaints(row, by_customer.get(row.customer_id))) for row in rows]


def _of_complaints(row: PublishedScore, shown: Visible | None) -> dict[str, Any]:
    """Return the fields that depend on complaints; without history they cannot be checked and are hidden."""
    if shown is None:
        return {"complaints": [], "churn_risk": row.summary()["churn_risk"] | {"reason": DefectionReason.UNKNOWN.value}}
    return {name: shown[name] for name in ("complaints", "churn_risk")}
