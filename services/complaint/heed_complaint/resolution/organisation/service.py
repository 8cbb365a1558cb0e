"""Agreement on the currency of the defaults."""

from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.money_scales import SCALES
from heed_complaint.resolution.organisation import repository
from heed_complaint.resolution.playbooks import service as playbooks


async def agree_on_currency(session: AsyncSession, *, currency: str) -> None:
    """Put the default amounts into the currency of the organisation, until its first complaint.

    From then on they stay: amounts that are in use are the operator's to change.
    """
    organisation = await repository.lock_organisation(session)
    if organisation.currency == currency or await repository.has_complaints(session):
        return
    scale = SCALES[currency]
    await playbooks.scale_defaults(session, before=organisation.money_scale, now=scale)
    organisation.currency, organisation.money_scale = currency, scale
