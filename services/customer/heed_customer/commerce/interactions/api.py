"""HTTP API of interactions and referrals."""

from uuid import UUID

from fastapi import Response

from heed_common import http
from heed_common.fields import Code, ShortText
from heed_common.http import DbSession, Earliest, Now, SettingsDep, requires
from heed_common.http.filters import AnyOf, CustomerIds, ExternalIds, Times
from heed_common.paging import Page, PageQuery, paginate
from heed_customer.commerce.interactions import service
from heed_customer.commerce.interactions.rules import InteractionFilter, ReferralFilter
from heed_customer.commerce.interactions.schemas import Channel, InteractionIn, InteractionOut, ReferralIn, ReferralOut
from heed_customer.commerce.interactions.tables import Interaction, Referral
from heed_customer.item_results import single
from heed_customer.records.customers import service as customers

router = http.router(prefix="/v1", tags=["interactions"])
READ, WRITE = [requires("customers:read")], [requires("customers:write")]


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


@router.get("/interactions", dependencies=READ)
async def list_interactions(
    session: DbSession,
    page: PageQuery,
    times: Times,
    customer_ids: CustomerIds = (),
    external_ids: ExternalIds = (),
    channel: AnyOf[Channel] = (),
    kind: AnyOf[Code] = (),
    campaign: AnyOf[ShortText] = (),
) -> Page[InteractionOut]:
    """List interactions, the latest recorded first; with `from` or `to`, which mean `occurred_at`, the latest first.

    404 `customer_not_found`.
    """
    family = await customers.get_families(session, customer_ids=customer_ids)
    filters = InteractionFilter(family, external_ids, channel, kind, campaign, times)
    after = page.after(*times.key_types)
    rows = await service.list_interactions(session, filters=filters, after=after, limit=page.fetch_limit)
    items, next_cursor = paginate(rows, page, key=lambda row: times.key(row.occurred_at, row.id))
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


@router.get("/referrals", dependencies=READ)
async def list_referrals(
    session: DbSession,
    page: PageQuery,
    times: Times,
    customer_ids: CustomerIds = (),
    referred_customer_id: AnyOf[UUID] = (),
    external_ids: ExternalIds = (),
) -> Page[ReferralOut]:
    """List referrals, the latest recorded first; with `from` or `to`, which mean `occurred_at`, the latest one first.

    404 `customer_not_found`.
    """
    family = await customers.get_families(session, customer_ids=customer_ids)
    referred = await customers.get_families(session, customer_ids=referred_customer_id)
    filters = ReferralFilter(family, referred, external_ids, times)
    after = page.after(*times.key_types)
    rows = await service.list_referrals(session, filters=filters, after=after, limit=page.fetch_limit)
    items, next_cursor = paginate(rows, page, key=lambda row: times.key(row.occurred_at, row.id))
    return Page(items=page.show(items, ReferralOut.model_validate), next_cursor=next_cursor)
