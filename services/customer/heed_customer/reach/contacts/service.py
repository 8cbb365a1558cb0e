"""Use cases of contacts: create, read, update, delete."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from heed_common import outbox
from heed_common.contracts.customer import ContactChange, ContactChanged, ContactState
from heed_common.cooperation import in_slices
from heed_common.encryption import FieldCipher
from heed_common.identifiers import new_id
from heed_common.outbox import StagedEvent
from heed_common.revisions import check_if_match, require_if_match
from heed_common.upserts import Upserted
from heed_customer.reach.contacts import content, repository, rules
from heed_customer.reach.contacts.content import ReadableContact
from heed_customer.reach.contacts.errors import ContactExists, ContactNotFound, TooManyContacts
from heed_customer.reach.contacts.rules import ContactContent, NewContact
from heed_customer.reach.contacts.tables import Contact
from heed_customer.records.customers import identity
from heed_customer.records.customers import service as customers


async def create_contact(
    session: AsyncSession,
    *,
    customer_id: UUID,
    new: NewContact,
    default_country: str | None,
    cipher: FieldCipher,
    now: datetime,
) -> Upserted[ReadableContact]:
    """Create a contact and publish it. The same contact again returns the existing one.

    Raises `ContactExists` if the existing one has other details, `TooManyContacts`, `CustomerNotFound`.
    """
    customer = await customers.lock_customer(session, customer_id=customer_id)
    country = rules.country_of(customer.region, default=default_country)
    value = rules.normalize(new.kind, new.value, country=country)
    text = ContactContent(raw=new.value, value=value, label=new.label, person=new.person)
    existing = await _find_same(session, customer_id, new, text, cipher=cipher)
    if existing is not None:
        if not _has_details(existing, new):
            raise ContactExists(contact_id=str(existing.row.id))
        return Upserted(existing, created=False)
    if await repository.count_contacts(session, customer_id) >= rules.MAX_CONTACTS:
        raise TooManyContacts
    row = _new_row(customer_id, new, text, cipher=cipher, now=now)
    if new.preferred:
        await repository.clear_preferred(session, customer_id, now=now)
    await repository.add_contact(session, row)
    await _publish(session, row, ContactChange.CREATED, now=now, event_id=row.event_id)
    return Upserted(ReadableContact(row, text), created=True)


async def create_first_contacts(
    session: AsyncSession,
    *,
    new: Sequence[tuple[UUID, str | None, NewContact]],
    default_country: str | None,
    cipher: FieldCipher,
    now: datetime,
) -> None:
    """Create contacts of customers that this transaction has registered, given with their regions, and publish them."""
    rows = []
    async for customer_id, region, contact in in_slices(new):
        value = rules.normalize(contact.kind, contact.value, country=rules.country_of(region, default=default_country))
        text = ContactContent(raw=contact.value, value=value, label=contact.label, person=contact.person)
        rows.append(_new_row(customer_id, contact, text, cipher=cipher, now=now))
    await repository.add_contacts(session, rows)
    created = [StagedEvent(_changed(row, ContactChange.CREATED, now=now), row.version, id=row.event_id) for row in rows]
    await outbox.stage_all(session, created, now=now)


async def list_contacts(
    session: AsyncSession, *, customer_id: UUID, after: UUID | None, limit: int
) -> tuple[UUID, Sequence[Contact]]:
    """Return the survivor of the customer and a page of all contacts of those merged with it.

    The rows are still encrypted: a page leaves out one that no key decrypts. Raises `CustomerNotFound`.
    """
    survivor = await customers.get_customer(session, customer_id=customer_id)
    family = await identity.family_of(session, customer_id)
    return survivor.id, await repository.list_contacts(session, customer_ids=family, after=after, limit=limit)


async def get_contact(
    session: AsyncSession, *, customer_id: UUID, contact_id: UUID, cipher: FieldCipher
) -> ReadableContact:
    """Return the contact. Raises `CustomerNotFound`, `ContactNotFound`."""
    await customers.get_customer(session, customer_id=customer_id)
    row = await repository.get_contact(session, contact_id)
    if row is None or row.customer_id not in await identity.family_of(session, customer_id):
        raise ContactNotFound
    return content.decrypt(row, cipher=cipher)


async def update_contact(
    session: AsyncSession,
    *,
    customer_id: UUID,
    contact_id: UUID,
    values: Mapping[str, Any],
    default_country: str | None,
    if_match: int | None,
    cipher: FieldCipher,
    now: datetime,
) -> ReadableContact:
    """Update the contact. Only an actual change makes a new revision and is published.

    A new value is unverified. Raises `ContactNotFound`, `PreconditionRequired`, `PreconditionFailed`.
    """
    row = await lock_contact(session, customer_id=customer_id, contact_id=contact_id)
    require_if_match(if_match, row.revision)
    old = content.decrypt(row, cipher=cipher).content
    customer = await customers.lock_customer(session, customer_id=row.customer_id)
    new = _updated_content(row.kind, old, values, country=rules.country_of(customer.region, default=default_country))
    columns = _updated_columns(row, values, has_new_value=(new.value, new.raw) != (old.value, old.raw), now=now)
    if new == old and all(getattr(row, name) == value for name, value in columns.items()):
        return ReadableContact(row, old)
    if columns.get("preferred") and not row.preferred:
        await repository.clear_preferred(session, row.customer_id, now=now)
    is_verified = columns.get("state") == ContactState.VERIFIED != row.state
    for name, value in columns.items():
        setattr(row, name, value)
    row.content = content.encrypt(new, contact_id=row.id, cipher=cipher)
    row.blind_index = content.blind_index(row.kind, new, cipher=cipher)
    row.revision += 1
    row.changed_at = now
    await record_change(session, row, ContactChange.VERIFIED if is_verified else ContactChange.UPDATED, now=now)
    return ReadableContact(row, new)


async def delete_contact(
    session: AsyncSession, *, customer_id: UUID, contact_id: UUID, if_match: int | None, now: datetime
) -> None:
    """Delete the contact and publish that. Raises `ContactNotFound`, `PreconditionFailed`."""
    row = await lock_contact(session, customer_id=customer_id, contact_id=contact_id)
    check_if_match(if_match, row.revision)
    await record_change(session, row, ContactChange.DELETED, now=now)
    await repository.delete_contact(session, row)


async def lock_contact(session: AsyncSession, *, customer_id: UUID, contact_id: UUID) -> Contact:
    """Lock the contact of the customer, or of one merged with it. Raises `CustomerNotFound`, `ContactNotFound`."""
    await customers.get_customer(session, customer_id=customer_id)
    family = await identity.family_of(session, customer_id)
    found = await repository.get_contact(session, contact_id)
    if found is None or found.customer_id not in family:
        raise ContactNotFound
    # The customer first, as all writers of contacts do.
    await customers.lock_customer(session, customer_id=found.customer_id)
    row = await repository.lock_contact(session, contact_id)
    if row is None:
        raise ContactNotFound
    return row


async def find_verified(session: AsyncSession, *, customer_ids: Collection[UUID]) -> set[UUID]:
    """Return which of these customers have a verified contact."""
    return await repository.find_verified(session, customer_ids)


async def mark_verified(session: AsyncSession, row: Contact, *, now: datetime) -> None:
    """Mark a locked contact as verified and publish that, unless it is verified already."""
    if row.state == ContactState.VERIFIED:
        return
    row.state, row.verified_at, row.bounced_at = ContactState.VERIFIED, now, None
    row.revision += 1
    row.changed_at = now
    await record_change(session, row, ContactChange.VERIFIED, now=now)


async def record_change(session: AsyncSession, row: Contact, change: ContactChange, *, now: datetime) -> None:
    """Publish a change of a locked contact under its next version."""
    row.version += 1
    await _publish(session, row, change, now=now)


async def _publish(
    session: AsyncSession, row: Contact, change: ContactChange, *, now: datetime, event_id: UUID | None = None
) -> None:
    event = _changed(row, change, now=now)
    await outbox.stage(session, event, aggversion=row.version, now=now, event_id=event_id)


def _changed(row: Contact, change: ContactChange, *, now: datetime) -> ContactChanged:
    return ContactChanged(
        occurred_at=now,
        customer_id=row.customer_id,
        contact_id=row.id,
        kind=row.kind,
        change=change,
        state=row.state,
    )


async def _find_same(
    session: AsyncSession, customer_id: UUID, new: NewContact, text: ContactContent, *, cipher: FieldCipher
) -> ReadableContact | None:
    """Return the customer's contact with this value and person."""
    key = rules.index_text(new.kind, text)
    if key is None:
        return None
    rows = await repository.find_in_customer(session, customer_id, cipher.blind_indexes(key))
    readable = content.decrypt_all(rows, cipher=cipher)
    return next((contact for contact in readable if rules.is_same_address(contact.content, text)), None)


def _has_details(existing: ReadableContact, new: NewContact) -> bool:
    """Return whether the contact has all that is given for it."""
    row = existing.row
    given = {"label": new.label, "hours": new.hours, "person_role": new.person_role}
    stored = {"label": existing.content.label, "hours": row.hours, "person_role": row.person_role}
    return (
        all(value is None or value == stored[name] for name, value in given.items())
        and (row.preferred or not new.preferred)
        and (row.state == ContactState.VERIFIED or not new.verified)
    )


def _new_row(
    customer_id: UUID, new: NewContact, text: ContactContent, *, cipher: FieldCipher, now: datetime
) -> Contact:
    contact_id = new_id()
    return Contact(
        id=contact_id,
        customer_id=customer_id,
        kind=new.kind,
        content=content.encrypt(text, contact_id=contact_id, cipher=cipher),
        blind_index=content.blind_index(new.kind, text, cipher=cipher),
        preferred=new.preferred,
        state=ContactState.VERIFIED if new.verified else ContactState.UNVERIFIED,
        hours=new.hours,
        person_role=new.person_role,
        event_id=new_id(),
        version=1,
        revision=1,
        created_at=now,
        changed_at=now,
        verified_at=now if new.verified else None,
        bounced_at=None,
    )


def _updated_content(
    kind: str, old: ContactContent, values: Mapping[str, Any], *, country: str | None
) -> ContactContent:
    given = {name: values[name] for name in ("label", "person") if name in values}
    if "value" in values:
        given |= {"raw": values["value"], "value": rules.normalize(kind, values["value"], country=country)}
    return replace(old, **given)


def _updated_columns(row: Contact, values: Mapping[str, Any], *, has_new_value: bool, now: datetime) -> dict[str, Any]:
    columns = {name: values[name] for name in ("preferred", "hours", "person_role") if name in values}
    verified = values.get("verified", False if has_new_value else None)
    if verified is True:
        columns |= {"state": ContactState.VERIFIED, "verified_at": row.verified_at or now, "bounced_at": None}
    elif verified is False:
        columns |= {"state": ContactState.UNVERIFIED, "verified_at": None, "bounced_at": None}
    return columns
