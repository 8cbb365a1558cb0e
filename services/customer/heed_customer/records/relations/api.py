"""HTTP API of relations."""

from uuid import UUID

from fastapi import Response

from heed_common import http
from heed_common.http import Caller, DbSession, Now, requires
from heed_common.paging import Page, PageQuery, paginate
from heed_customer.records.customers import service as customers
from heed_customer.records.customers.api import set_content_location
from heed_customer.records.relations import service
from heed_customer.records.relations.schemas import RelationIn, RelationOut

router = http.router(prefix="/v1/customers/{customer_id}/relations", tags=["relations"])
READ, WRITE = [requires("customers:read")], [requires("customers:write")]


@router.post("", status_code=201, dependencies=WRITE)
async def record_relation(
    customer_id: UUID, body: RelationIn, session: DbSession, caller: Caller, now: Now
) -> RelationOut:
    """Record a relation of the customer. 409 `relation_exists`, `parent_exists`, `relation_cycle`,
    `customer_merged`; 422 `relation_impossible`, `related_to_themselves`, `customer_unknown`.
    """
    relation = await service.record_relation(
        session,
        customer_id=customer_id,
        kind=body.kind,
        related_customer_id=body.customer_id,
        role=body.role,
        by=caller.id,
        now=now,
    )
    return RelationOut.model_validate(relation)


@router.get("", dependencies=READ)
async def list_relations(
    customer_id: UUID, session: DbSession, page: PageQuery, response: Response
) -> Page[RelationOut]:
    """List the relations of the customer and its duplicates, the oldest first, as the customer sees them."""
    (after,) = page.after(UUID) or (None,)
    family = await customers.get_family(session, customer_id=customer_id)
    set_content_location(response, family.survivor, requested_id=customer_id, part="/relations")
    rows = await service.list_relations(session, family=family, after=after, limit=page.fetch_limit)
    items, next_cursor = paginate(rows, page, key=lambda relation: (relation.id,))
    seen = await service.seen_from(session, family, items)
    return Page(items=page.show(seen, RelationOut.model_validate), next_cursor=next_cursor)


@router.delete("/{relation_id}", status_code=204, dependencies=WRITE)
async def delete_relation(customer_id: UUID, relation_id: UUID, session: DbSession) -> None:
    """Delete a relation, from either side. 404 `relation_not_found`."""
    await service.delete_relation(session, customer_id=customer_id, relation_id=relation_id)
