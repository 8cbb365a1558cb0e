"""HTTP API of look-ups."""

from heed_common import http
from heed_common.auth.scopes import authorize
from heed_common.http import Caller, CipherDep, DbSession, Now, SettingsDep, requires
from heed_customer.search.lookup import service
from heed_customer.search.lookup.rules import Criterion, LookupContext
from heed_customer.search.lookup.schemas import LookupIn, LookupOut

router = http.router(prefix="/v1/customers", tags=["customers"], stores_responses=False)


@router.post(":lookup", response_model=LookupOut, dependencies=[requires("customers:read", "contacts:read")])
async def look_up_customers(
    body: LookupIn, caller: Caller, session: DbSession, settings: SettingsDep, cipher: CipherDep, now: Now
) -> LookupOut:
    """Look up customers by a telephone number or a mail in any spelling, by their external_id or id number.

    At most 50 contacts are considered. Confidential complaints are counted with `complaints:confidential:read` only.
    An id number needs `profiles:sensitive:read`.
    """
    query = body.to_domain()
    if query.criterion is Criterion.ID_NUMBER:
        authorize(caller, ["profiles:sensitive:read"])
    context = LookupContext(
        by=caller.id,
        now=now,
        country=settings.country,
        confidential=caller.may("complaints:confidential:read"),
    )
    return LookupOut(items=await service.look_up(session, query=query, context=context, cipher=cipher))
