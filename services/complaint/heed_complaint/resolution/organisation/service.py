"""Use case of the default currency."""

from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.money_scales import SCALES
from heed_complaint.resolution.organisation import repository
from heed_complaint.resolution.playbooks import service as playbooks


async def sync_default_currency(session: AsyncSession, *, currency: str) -> None:
    """Convert the default amounts to the currency of the organisation, until its first complaint.

    From then on only the operator changes them, because they are in use.
    """
    organisation = await repository.lock_organisation(session)
    if organisation.currency == currency or await repository.has_complaints(session):
        return
    scale = SCALES[currency]
    await playbooks.scale_defaults(session, before=organisation.money_scale, now=scale)
    organisation.currency, organisation.money_scale = currency, scale
