"""HTTP API of interactions and referrals."""

from uuid import UUID

from fastapi import Response

from heed_common import http
from heed_common.fields import ShortText
from heed_common.http import DbSession, Earliest, Now, SettingsDep, requires
from heed_common.paging import Page, PageQuery, paginate
from heed_customer.commerce.interactions import service
from heed_customer.commerce.interactions.schemas import InteractionIn, InteractionOut, ReferralIn, ReferralOut
from heed_customer.commerce.interactions.tables import Interaction, Referral
from heed_customer.item_results import single

router = http.router(prefix="/v1", tags=["interactions"])
WRITE = [requires("customers:write")]


@router.post(
    "/interactions",
    status_code=201,
    response_model=InteractionOut,
    responses=http.repeated(InteractionOut),
    dependencies=WRITE,
)
async def record_interaction(
    body: InteractionIn, session: DbSession, settings: SettingsDep, earliest: Earliest, now: Now, response: Response
) -> Interaction:
    """Record a contact with the customer. 422 `customer_unknown`."""
    outcomes = await service.record_interactions(
        session, interactions=[body.to_domain()], default_currency=settings.currency, earliest=earliest, now=now
    )
    interaction, created = single(outcomes)
    if not created:
        response.status_code = 200
        http.set_event_header(session, interaction.event_id)
    return interaction


@router.get("/interactions", dependencies=[requires("customers:read")])
async def list_interactions(
    session: DbSession, page: PageQuery, customer_id: UUID | None = None, channel: ShortText | None = None
) -> Page[InteractionOut]:
    """List interactions, the latest recorded first; those of a customer with those of its merged duplicates.

    404 `customer_not_found`.
    """
    (before,) = page.after(UUID) or (None,)
    rows = await service.list_interactions(
        session, customer_id=customer_id, channel=channel, before=before, limit=page.fetch_limit
    )
    items, next_cursor = paginate(rows, page, key=lambda interaction: (interaction.id,))
    return Page(items=page.show(items, InteractionOut.model_validate), next_cursor=next_cursor)


@router.post(
    "/referrals", status_code=201, response_model=ReferralOut, responses=http.repeated(ReferralOut), dependencies=WRITE
)
async def record_referral(
    body: ReferralIn, session: DbSession, earliest: Earliest, now: Now, response: Response
) -> Referral:
    """Record that the customer referred another. 422 `customer_unknown`, `referred_themselves`.

    A customer is referred once: the same two again return the existing referral. 409 `referred_by_another`,
    `referral_cycle`.
    """
    referral, created = await service.record_referral(session, new=body.to_domain(), earliest=earliest, now=now)
    if not created:
        response.status_code = 200
        http.set_event_header(session, referral.event_id)
    return referral
