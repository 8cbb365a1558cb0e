"""HTTP API of consents."""

from uuid import UUID

from fastapi import Response

from heed_common import http
from heed_common.contracts.customer import ConsentChannel, ConsentPurpose
from heed_common.http import Caller, CipherDep, DbSession, IfMatch, Now, etag, requires
from heed_common.paging import Page, PageQuery, paginate
from heed_customer.reach.consents import service
from heed_customer.reach.consents.evidence import Evidence
from heed_customer.reach.consents.schemas import ConsentIn, ConsentsOut, DecisionOut

router = http.router(prefix="/v1/customers/{customer_id}/consents", tags=["consents"])
READ, READ_EVIDENCE, WRITE = [requires("customers:read")], [requires("contacts:read")], [requires("contacts:write")]


@router.get("", dependencies=READ)
async def list_consents(
    customer_id: UUID, session: DbSession, cipher: CipherDep, caller: Caller, now: Now
) -> ConsentsOut:
    """Return for each purpose and channel what counts now. Of merged customers the most restrictive decision counts.

    `service` is allowed until it is refused, everything else is not allowed until it is granted. Without
    `contacts:read` the sources are left out: they may name people.
    """
    consents = await service.get_consents(session, customer_id=customer_id, now=now)
    ids = consents.decision_ids() if caller.may("contacts:read") else set[UUID]()
    return ConsentsOut.from_domain(consents, await service.get_evidence(session, decision_ids=ids, cipher=cipher))


@router.put("/{purpose}/{channel}", dependencies=WRITE)
async def put_consent(
    customer_id: UUID,
    purpose: ConsentPurpose,
    channel: ConsentChannel,
    body: ConsentIn,
    session: DbSession,
    cipher: CipherDep,
    caller: Caller,
    now: Now,
    if_match: IfMatch,
    response: Response,
) -> DecisionOut:
    """Record a decision of the customer; it is added to the history and replaces none there.

    Therefore If-Match is optional: nothing gets lost, and withdrawing is as easy as granting. A decision that only
    repeats the last one is not recorded again. 412, 422 `validity_invalid` `guardian_needed`.
    """
    new = body.to_domain(purpose, channel)
    decision, created = await service.put_consent(
        session, customer_id=customer_id, new=new, cipher=cipher, by=caller.id, now=now, if_match=if_match
    )
    response.headers["ETag"] = etag(decision.version)
    if not created:
        http.set_event_header(session, decision.event_id)
    return DecisionOut.from_row(decision, Evidence(new.source, new.proof))


@router.get("/history", dependencies=READ_EVIDENCE)
async def list_consent_history(
    customer_id: UUID, session: DbSession, cipher: CipherDep, page: PageQuery
) -> Page[DecisionOut]:
    """List all decisions of the customer and of those merged with it, the latest first."""
    (before,) = page.after(UUID) or (None,)
    rows = await service.list_history(session, customer_id=customer_id, before=before, limit=page.fetch_limit)
    items, next_cursor = paginate(rows, page, key=lambda row: (row.id,))
    evidence = await service.get_evidence(session, decision_ids=[row.id for row in items], cipher=cipher)
    shown = page.show(items, lambda row: DecisionOut.from_row(row, evidence.get(row.id)))
    return Page(items=shown, next_cursor=next_cursor)
