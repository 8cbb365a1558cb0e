"""Value at risk: customers by the value that their churn would cost."""

from decimal import Decimal
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.languages import Language
from heed_common.paging import PageRequest, paginate
from heed_scoring.explain.visible import Visible
from heed_scoring.insights.portfolio import repository, texts
from heed_scoring.insights.portfolio.current_model import ZERO, model_in_force
from heed_scoring.insights.portfolio.schemas import AtRiskItem, AtRiskOut
from heed_scoring.scores import repository as customers_repository
from heed_scoring.scores.confidentiality import service as confidentiality
from heed_scoring.scores.score_document import PublishedScore


async def list_value_at_risk(
    session: AsyncSession, *, page: PageRequest, confidential: bool, language: Language
) -> AtRiskOut:
    """List customers by value at risk, with the reasons why they might leave, as far as the caller may see them."""
    model = await model_in_force(session)
    rows = await customers_repository.by_value_at_risk(session, after=page.after(Decimal, UUID), limit=page.fetch_limit)
    items, cursor = paginate(rows, page, key=lambda row: (row.value_at_risk, row.customer_id))
    shown = await confidentiality.visible_rows(session, items, confidential=confidential)
    total = await repository.value_at_risk(session)
    return AtRiskOut(
        finding=texts.at_risk(language, [row.value_at_risk or ZERO for row in items], total, model.money.currency),
        currency=model.money.currency,
        total=total,
        items=[_at_risk(row, score, language) for row, score in zip(items, shown, strict=True)],
        next_cursor=cursor,
    )


def _at_risk(row: PublishedScore, score: Visible, language: Language) -> AtRiskItem:
    risk = score["churn_risk"]
    return AtRiskItem(
        customer_id=row.customer_id,
        value_at_risk=row.value_at_risk or ZERO,
        potential=score["value"]["potential"],
        probability=risk["probability"],
        band=risk["band"],
        band_label=texts.label(language, "band", risk["band"]),
        reason=risk["reason"],
        reason_label=texts.label(language, "reason", risk["reason"]),
        tier=score["value"]["tier"],
    )
