"""HTTP API of tags."""

from typing import Annotated
from uuid import UUID

from fastapi import Path, Response

from heed_common import http
from heed_common.http import Caller, DbSession, Now, requires
from heed_customer.records.customers import service as customers
from heed_customer.records.customers.api import set_content_location
from heed_customer.records.tags import service
from heed_customer.records.tags.schemas import Tag, TagsOut

router = http.router(prefix="/v1/customers/{customer_id}/tags", tags=["tags"])
READ, WRITE = [requires("customers:read")], [requires("customers:write")]

TagPath = Annotated[Tag, Path(description="Case, accents and width make no difference.")]


@router.get("", dependencies=READ)
async def list_tags(customer_id: UUID, session: DbSession, response: Response) -> TagsOut:
    """List the tags of the customer and its duplicates; there are at most a hundred."""
    family = await customers.get_family(session, customer_id=customer_id)
    set_content_location(response, family.survivor, requested_id=customer_id, part="/tags")
    return TagsOut(tags=await service.list_tags(session, family=family))


@router.put("/{tag}", dependencies=WRITE)
async def add_tag(customer_id: UUID, tag: TagPath, session: DbSession, caller: Caller, now: Now) -> TagsOut:
    """Add a tag; one that the customer has stays. 409 `too_many_tags`, `customer_merged`."""
    return TagsOut(tags=await service.add_tag(session, customer_id=customer_id, tag=tag, by=caller.id, now=now))


@router.delete("/{tag}", status_code=204, dependencies=WRITE)
async def delete_tag(customer_id: UUID, tag: TagPath, session: DbSession) -> None:
    """Delete a tag. 404 `tag_not_found`."""
    await service.delete_tag(session, customer_id=customer_id, tag=tag)
