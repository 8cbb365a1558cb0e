"""Next best action: the rules applied to a customer's latest score.

Bands, tiers and classes are published whenever they change, so the latest published ones are those of today.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.languages import Language
from heed_common.paging import PageRequest, paginate
from heed_scoring.engine import rhythms
from heed_scoring.engine.features.features import features
from heed_scoring.engine.money import Money
from heed_scoring.explain.visible import Visible
from heed_scoring.identities import repository as identities
from heed_scoring.insights.next_best_action import repository, rules
from heed_scoring.insights.next_best_action.rules import LoyaltyClass, Situation
from heed_scoring.insights.next_best_action.schemas import ActionOut
from heed_scoring.ledger.facts import Facts
from heed_scoring.scores import repository as customers
from heed_scoring.scores.confidentiality import service as confidentiality
from heed_scoring.scores.errors import NoScoreThen
from heed_scoring.scores.score_document import PublishedScore


@dataclass(frozen=True, slots=True)
class Basis:
    """What an action is chosen from."""

    row: PublishedScore
    score: Visible
    facts: Facts
    stopped: Sequence[str]
    """Categories that the customer has stopped buying."""


async def get_next_action(
    session: AsyncSession, *, customer_id: UUID, confidential: bool, language: Language, today: date
) -> ActionOut:
    """Return the next best action for this customer, as far as the caller may see it. Raises `NoScoreThen`."""
    row = await repository.scored_customer(session, await customers.survivor_of(session, customer_id))
    if row is None:
        raise NoScoreThen
    (basis,) = await _bases(session, [row], confidential=confidential, today=today)
    return _action(basis, confidential=confidential, language=language, today=today)


async def list_next_actions(
    session: AsyncSession,
    *,
    loyalty_class: LoyaltyClass | None,
    page: PageRequest,
    confidential: bool,
    language: Language,
    today: date,
) -> tuple[list[ActionOut], str | None]:
    """The same for many, where most value is at risk first."""
    rows = await repository.by_loyalty_class(
        session, loyalty_class, after=page.after(Decimal, UUID), limit=page.fetch_limit
    )
    items, cursor = paginate(rows, page, key=lambda row: (row.value_at_risk, row.customer_id))
    bases = await _bases(session, items, confidential=confidential, today=today)

    def build(basis: Basis) -> ActionOut:
        return _action(basis, confidential=confidential, language=language, today=today)

    return page.show(bases, build, name=lambda basis: basis.row.customer_id), cursor


async def _bases(
    session: AsyncSession, rows: Sequence[PublishedScore], *, confidential: bool, today: date
) -> list[Basis]:
    by_customer = await identities.family_facts(session, [row.customer_id for row in rows], day=today)
    facts = [by_customer[row.customer_id] for row in rows]
    found = rhythms.broken(facts, day=today)
    shown = await confidentiality.visible_rows(session, rows, confidential=confidential)
    stopped = [[str(line.category) for line, kind in broken if kind == "life_event_candidate"] for broken in found]
    return [Basis(*each) for each in zip(rows, shown, facts, stopped, strict=True)]


def _action(basis: Basis, *, confidential: bool, language: Language, today: date) -> ActionOut:
    row = basis.row
    seen = _situation(basis.score, basis.facts, basis.stopped, confidential=confidential, today=today)
    choice, day = rules.choose(seen), row.scored_on or today
    return ActionOut.of(row.customer_id, scored_on=day, seen=seen, choice=choice, language=language)


def _situation(score: Visible, facts: Facts, stopped: Sequence[str], *, confidential: bool, today: date) -> Situation:
    known = features(facts, day=today, money=Money())  # No amount of it is looked at.
    open_ones = [complaint for complaint in known.complaints if complaint.is_open]
    return Situation(
        loyalty_class=score["loyalty"]["class"] or "unknown",
        band=score["churn_risk"]["band"],
        reason=score["churn_risk"]["reason"],
        tier=score["value"]["tier"],
        stage=score["lifecycle"]["stage"],
        satisfaction=known.satisfaction,
        has_bought=known.purchase_days > 0,
        has_open_complaint=any(confidential or not complaint.confidential for complaint in open_ones),
        stopped_category=stopped[0] if stopped else None,
        is_held=bool(open_ones),
    )
