"""Asking what would be, without anything being so: reads only."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from heed_scoring.engine.features.features import features
from heed_scoring.engine.score import score
from heed_scoring.explain.visible import Visible
from heed_scoring.insights.what_if import differences, rules
from heed_scoring.insights.what_if.errors import NoOpenComplaint
from heed_scoring.insights.what_if.rules import Hypothesis
from heed_scoring.models.versions import interval
from heed_scoring.models.versions import repository as models_repository
from heed_scoring.scores import repository, score_document, service
from heed_scoring.scores.confidentiality.service import visible_documents
from heed_scoring.scores.errors import NoScoreThen
from heed_scoring.scores.score_document import Cause, ScoreStatement

WHAT_IF = Cause("what_if")


async def what_if(
    session: AsyncSession, *, customer_id: UUID, hypothesis: Hypothesis, confidential: bool, now: datetime
) -> dict[str, Any]:
    """Return the score now, the hypothetical score and their difference, as far as the caller may see them."""
    present = await service.score_with_intervals(session, customer_id=customer_id, at=None, now=now)
    survivor = UUID(present["customer_id"])
    model, days = (await models_repository.in_force(session)).read(), await models_repository.business_days(session)
    today = days.day_of(now)
    facts = await repository.facts(session, survivor, day=today)
    if facts is None:
        raise NoScoreThen
    complaint_id = None
    if hypothesis.concerns_a_complaint:
        seen = features(facts, day=today, money=model.money)
        complaint_id = rules.target_complaint(seen, hypothesis.complaint_id, confidential=confidential)
        if complaint_id is None:
            raise NoOpenComplaint
    supposed = rules.apply_hypothesis(
        facts, hypothesis, complaint_id=complaint_id, currency=model.money.currency, today=today, now=now
    )
    later = timedelta(days=hypothesis.days_without_purchase)
    at = now + later
    # Days are counted on the calendar: 24 hours more may miss a day that the clocks made longer or shorter.
    result = score([features(supposed, day=today + later, money=model.money)], model)[0]
    statement = ScoreStatement(result, result.explanation(), survivor, at, model.version, WHAT_IF)
    then = score_document.parse(
        survivor, score_document.serialize(statement, score_document.serialize_numbers(result), previous=present), at=at
    )
    both = [present, interval.with_intervals(then, interval.intervals(result, model))]
    shown_now, shown_then = await visible_documents(session, both, confidential=confidential)
    return _answer(shown_now, shown_then, complaint_id)


def _answer(now: Visible, then: Visible, complaint_id: str | None) -> dict[str, Any]:
    return {
        "customer_id": now["customer_id"],
        "complaint_id": complaint_id,
        "now": now,
        "then": then,
        "difference": differences.difference(now, then),
        "factors": differences.factors(now, then),
    }
