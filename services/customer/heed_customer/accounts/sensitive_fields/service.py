"""Use cases of sensitive fields: stored encrypted, read with an entry in the log, verified, found."""

import logging
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.audit import pending as audit
from heed_common.encryption import FieldCipher, UndecryptableValue
from heed_customer.accounts.sensitive_fields import content, repository, rules
from heed_customer.accounts.sensitive_fields.errors import SensitiveConsentMissing, SensitiveFieldNotFound
from heed_customer.accounts.sensitive_fields.repository import ReadFilter
from heed_customer.accounts.sensitive_fields.tables import SensitiveRead, SensitiveValue
from heed_customer.reach.consents import service as consents
from heed_customer.reach.contacts import service as contacts
from heed_customer.records.customers import identity
from heed_customer.records.customers import service as customers

ID_NUMBER_GROUP, ID_NUMBER_FIELD = "basics", "id_number"

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class SensitiveFields:
    """The sensitive fields of one group of a customer."""

    values: Mapping[str, Any]
    """Decrypted."""
    unreadable: frozenset[str]
    """Fields that no key decrypts."""
    verified: frozenset[str]

    @property
    def names(self) -> frozenset[str]:
        return self.unreadable | self.values.keys()


async def load(session: AsyncSession, *, customer_id: UUID, group: str, cipher: FieldCipher) -> SensitiveFields:
    """Return the sensitive fields, for comparison: callers who show them record that with `record_reads`."""
    values: dict[str, Any] = {}
    unreadable, verified = set(), set()
    for row in await repository.list_values(session, customer_id, group):
        if row.verified_at is not None:
            verified.add(row.field)
        try:
            values[row.field] = content.decrypt(row, cipher=cipher)
        except UndecryptableValue:
            log.error("sensitive field not decryptable: %s %s.%s", customer_id, group, row.field)
            unreadable.add(row.field)
    return SensitiveFields(values, frozenset(unreadable), frozenset(verified))


async def is_permitted(session: AsyncSession, *, customer_id: UUID, now: datetime) -> bool:
    """Return whether the customer consents to the processing of sensitive fields now."""
    return await consents.has_sensitive_consent(session, customer_id, now)


async def save(
    session: AsyncSession,
    *,
    customer_id: UUID,
    group: str,
    values: Mapping[str, Any],
    cipher: FieldCipher,
    now: datetime,
) -> None:
    """Store changed values; None deletes one. The caller has locked the customer. Raises `SensitiveConsentMissing`.

    A value can be deleted without the consent.
    """
    stored = {field: value for field, value in values.items() if value is not None}
    if stored and not await is_permitted(session, customer_id=customer_id, now=now):
        raise SensitiveConsentMissing
    for field, value in sorted(stored.items()):
        row = {
            "customer_id": customer_id,
            "profile_group": group,
            "field": field,
            "encrypted": content.encrypt(value, customer_id=customer_id, group=group, field=field, cipher=cipher),
            "blind_index": content.blind_index(value, group=group, field=field, cipher=cipher),
            "changed_at": now,
        }
        await repository.upsert_value(session, row)
    deleted = values.keys() - stored.keys()
    if deleted:
        await repository.delete_values(session, customer_id, group, deleted)


async def record_reads(
    session: AsyncSession, *, customer_id: UUID, group: str, fields: Collection[str], by: str, now: datetime
) -> None:
    """Record that the caller is shown these fields."""
    if fields:
        audit.record_read(session)
        await repository.insert_reads(session, customer_id, group, sorted(fields), by=by, now=now)


async def list_reads(
    session: AsyncSession,
    *,
    customer_id: UUID | None,
    read_by: str | None,
    read_from: datetime | None,
    read_to: datetime | None,
    after: UUID | None,
    limit: int,
) -> Sequence[SensitiveRead]:
    """Return a page of reads, the newest first; of a customer those of its duplicates as well."""
    family = None if customer_id is None else await identity.family_of(session, customer_id)
    filters = ReadFilter(family, read_by, read_from, read_to)
    return await repository.list_reads(session, filters=filters, after=after, limit=limit)


async def verify(
    session: AsyncSession, *, customer_id: UUID, group: str, field: str, verified: bool, by: str, now: datetime
) -> SensitiveValue:
    """Record that a clerk has checked the field, or that it is unverified again; a new value is unverified.

    Raises `CustomerNotFound`, `CustomerIsMerged`, `SensitiveFieldNotFound`.
    """
    await customers.lock_unmerged(session, customer_id=customer_id)
    value = await repository.lock_value(session, customer_id, group, field)
    if value is None or (group, field) not in rules.IDENTIFYING:
        raise SensitiveFieldNotFound
    value.verified_at, value.verified_by = (now, by) if verified else (None, None)
    return value


async def find_by_id_number(
    session: AsyncSession, *, id_number: str, cipher: FieldCipher, by: str, now: datetime
) -> Sequence[UUID]:
    """Return the customers with this id number, duplicates among them, and record that the caller learns it is theirs.

    Customers who do not consent are not found.
    """
    indexes = cipher.blind_indexes(rules.index_text(ID_NUMBER_FIELD, id_number))
    matching = await repository.find_customers(session, indexes)
    found = [one for one in matching if await is_permitted(session, customer_id=one, now=now)]
    for customer_id in found:
        fields = [ID_NUMBER_FIELD]
        await record_reads(session, customer_id=customer_id, group=ID_NUMBER_GROUP, fields=fields, by=by, now=now)
    return found


async def find_identified(session: AsyncSession, customer_ids: Collection[UUID]) -> set[UUID]:
    """Return which of these customers have a verified id number or a verified contact."""
    by_contact = await contacts.find_verified(session, customer_ids=customer_ids)
    return by_contact | await repository.find_verified(session, customer_ids)
