"""HTTP API of look-ups."""

from heed_common import http
from heed_common.http import Caller, CipherDep, DbSession, SettingsDep, requires
from heed_customer.search.lookup import service
from heed_customer.search.lookup.schemas import LookupIn, LookupOut

router = http.router(prefix="/v1/customers", tags=["customers"], stores_responses=False)


@router.post(":lookup", response_model=LookupOut, dependencies=[requires("customers:read", "contacts:read")])
async def look_up_customers(
    body: LookupIn, caller: Caller, session: DbSession, settings: SettingsDep, cipher: CipherDep
) -> LookupOut:
    """Look up customers by a telephone number or a mail in any spelling, or by their external_id.

    At most 50 contacts are considered. Confidential complaints are counted with `complaints:confidential:read` only.
    """
    found = await service.look_up(
        session,
        query=body.to_domain(),
        country=settings.country,
        confidential=caller.may("complaints:confidential:read"),
        cipher=cipher,
    )
    return LookupOut(items=found)
