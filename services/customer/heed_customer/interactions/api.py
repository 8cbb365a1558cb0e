"""Door 1: keeping contacts and recommendations."""

from fastapi import Response

from heed_common import http
from heed_common.http import DbSession, Earliest, Now, SettingsDep, requires
from heed_customer.interactions import service
from heed_customer.interactions.schemas import InteractionIn, InteractionOut, ReferralIn, ReferralOut
from heed_customer.tables import Interaction, Referral

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
    """Somebody was in touch with the customer. 422 `customer_unknown`."""
    stored = await service.record_interaction(
        session, told=body.told(), default_currency=settings.currency, earliest=earliest, now=now
    )
    if not stored.is_new:
        response.status_code = 200
        http.set_event_header(session, stored.thing.event_id)
    return stored.thing


@router.post(
    "/referrals", status_code=201, response_model=ReferralOut, responses=http.repeated(ReferralOut), dependencies=WRITE
)
async def record_referral(
    body: ReferralIn, session: DbSession, earliest: Earliest, now: Now, response: Response
) -> Referral:
    """The customer brought somebody. 422 `customer_unknown`, `referred_themselves`.

    A customer is brought once: the same two again are the referral that is there. 409 `referred_by_another`,
    `referral_cycle`.
    """
    stored = await service.record_referral(session, told=body.told(), earliest=earliest, now=now)
    if not stored.is_new:
        response.status_code = 200
        http.set_event_header(session, stored.thing.event_id)
    return stored.thing
