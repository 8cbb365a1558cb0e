"""HTTP API of contacts."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Response

from heed_common import http
from heed_common.http import Caller, CipherDep, DbSession, IfMatch, Now, SettingsDep, etag, requires
from heed_common.paging import Page, PageQuery, paginate
from heed_customer.reach.contacts import content, service
from heed_customer.reach.contacts.content import ReadableContact
from heed_customer.reach.contacts.schemas import ContactIn, ContactOut, ContactPatch

router = http.router(prefix="/v1/customers/{customer_id}/contacts", tags=["contacts"])
READ, WRITE = [requires("customers:read")], [requires("contacts:write")]


async def is_masked(caller: Caller) -> bool:
    """Return whether the caller sees contacts masked."""
    return not caller.may("contacts:read")


Masked = Annotated[bool, Depends(is_masked)]


@router.post("", status_code=201, response_model=ContactOut, responses=http.repeated(ContactOut), dependencies=WRITE)
async def create_contact(
    customer_id: UUID,
    body: ContactIn,
    masked: Masked,
    session: DbSession,
    settings: SettingsDep,
    cipher: CipherDep,
    now: Now,
    response: Response,
) -> ContactOut:
    """Create a contact. The same one again returns 200; 409 `contact_exists`, `too_many_contacts`."""
    contact, created = await service.create_contact(
        session,
        customer_id=customer_id,
        new=body.to_domain(),
        default_country=settings.country,
        cipher=cipher,
        now=now,
    )
    response.headers["Location"] = f"/v1/customers/{customer_id}/contacts/{contact.row.id}"
    if not created:
        response.status_code = 200
        http.set_event_header(session, contact.row.event_id)
    return _shown(contact, masked=masked, response=response)


@router.get("", dependencies=READ)
async def list_contacts(
    customer_id: UUID, masked: Masked, session: DbSession, cipher: CipherDep, page: PageQuery, response: Response
) -> Page[ContactOut]:
    """List the contacts of the customer and of those merged with it. Without `contacts:read` they are masked."""
    (after,) = page.after(UUID) or (None,)
    survivor_id, rows = await service.list_contacts(
        session, customer_id=customer_id, after=after, limit=page.fetch_limit
    )
    if survivor_id != customer_id:
        response.headers["Content-Location"] = f"/v1/customers/{survivor_id}/contacts"
    rows, next_cursor = paginate(rows, page, key=lambda row: (row.id,))
    items = page.show(rows, lambda row: ContactOut.from_domain(content.decrypt(row, cipher=cipher), masked=masked))
    return Page(items=items, next_cursor=next_cursor)


@router.get("/{contact_id}", response_model=ContactOut, dependencies=READ)
async def get_contact(
    customer_id: UUID, contact_id: UUID, masked: Masked, session: DbSession, cipher: CipherDep, response: Response
) -> ContactOut:
    """Return the contact. 404 `contact_not_found`."""
    contact = await service.get_contact(session, customer_id=customer_id, contact_id=contact_id, cipher=cipher)
    return _shown(contact, masked=masked, response=response)


@router.patch("/{contact_id}", response_model=ContactOut, dependencies=WRITE)
async def update_contact(
    customer_id: UUID,
    contact_id: UUID,
    body: ContactPatch,
    if_match: IfMatch,
    masked: Masked,
    session: DbSession,
    settings: SettingsDep,
    cipher: CipherDep,
    now: Now,
    response: Response,
) -> ContactOut:
    """Update a contact with a JSON merge patch. A new value is unverified. 428 without If-Match, 412 if it changed."""
    contact = await service.update_contact(
        session,
        customer_id=customer_id,
        contact_id=contact_id,
        values=body.changes(),
        default_country=settings.country,
        if_match=if_match,
        cipher=cipher,
        now=now,
    )
    return _shown(contact, masked=masked, response=response)


@router.delete("/{contact_id}", status_code=204, dependencies=WRITE)
async def delete_contact(customer_id: UUID, contact_id: UUID, if_match: IfMatch, session: DbSession, now: Now) -> None:
    """Delete the contact. 412 if it has changed since the revision in If-Match."""
    await service.delete_contact(session, customer_id=customer_id, contact_id=contact_id, if_match=if_match, now=now)


def _shown(contact: ReadableContact, *, masked: bool, response: Response) -> ContactOut:
    response.headers["ETag"] = etag(contact.row.revision)
    return ContactOut.from_domain(contact, masked=masked)
