"""Storing of customer lines with their contacts and consents.

New customers of a chunk are stored together with what belongs to them. A line about an existing customer that has
contacts or consents is stored by itself: all of it or, after an error, nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.database import savepoint
from heed_common.errors import HeedError
from heed_customer.imports.errors import ConsentConflict
from heed_customer.imports.formats.contact_columns import ImportedConsent, ImportedCustomer
from heed_customer.imports.rules import ProcessingSettings
from heed_customer.item_results import ItemResult, OnConflict
from heed_customer.reach.consents import service as consents
from heed_customer.reach.consents.service import NewDecision
from heed_customer.reach.contacts import service as contacts
from heed_customer.records.customers import service as customers
from heed_customer.records.customers.upserts import UpsertedCustomer, upsert_customers


@dataclass(frozen=True, slots=True)
class _Import:
    """The parameters of the lines of one import."""

    settings: ProcessingSettings
    on_conflict: OnConflict
    recorded_by: str
    now: datetime


async def store_customers(
    session: AsyncSession,
    *,
    items: Sequence[ImportedCustomer],
    settings: ProcessingSettings,
    on_conflict: OnConflict,
    recorded_by: str,
    now: datetime,
) -> list[ItemResult | HeedError]:
    """Store the lines and return a result for each, in the given order."""
    parameters = _Import(settings, on_conflict, recorded_by, now)
    names = {name for item in items if item.has_reach and (name := item.line.customer.external_id) is not None}
    existing = await customers.find_ids(session, ids=(), external_ids=names) if names else {}
    single = [item.has_reach and item.line.customer.external_id in existing for item in items]
    together = [item for item, alone in zip(items, single, strict=True) if not alone]
    results = iter(await _store_together(session, together, parameters))
    return [
        await _store_single(session, item, parameters) if alone else next(results)
        for item, alone in zip(items, single, strict=True)
    ]


async def _store_together(
    session: AsyncSession, items: Sequence[ImportedCustomer], parameters: _Import
) -> list[ItemResult | HeedError]:
    if not items:
        return []
    lines = [item.line for item in items]
    stored = await upsert_customers(session, lines=lines, on_conflict=parameters.on_conflict, now=parameters.now)
    new = [
        (item, row.customer_id)
        for item, row in zip(items, stored, strict=True)
        if item.has_reach and row.result is ItemResult.CREATED
    ]
    await _store_reach_of_new(session, new, parameters)
    return [
        # The customer was registered since this chunk began, or by an earlier line of it.
        await _store_single(session, item, parameters)
        if item.has_reach and row.result is not ItemResult.CREATED
        else row.result
        for item, row in zip(items, stored, strict=True)
    ]


async def _store_reach_of_new(
    session: AsyncSession, new: Sequence[tuple[ImportedCustomer, UUID]], parameters: _Import
) -> None:
    settings, now = parameters.settings, parameters.now
    await contacts.create_first_contacts(
        session,
        new=[
            (customer_id, item.line.customer.region, contact) for item, customer_id in new for contact in item.contacts
        ],
        default_country=settings.country,
        cipher=settings.cipher,
        now=now,
    )
    decisions = {customer_id: [_to_decision(consent) for consent in item.consents] for item, customer_id in new}
    await consents.record_first_decisions(
        session,
        new={customer_id: found for customer_id, found in decisions.items() if found},
        cipher=settings.cipher,
        by=parameters.recorded_by,
        now=now,
    )


async def _store_single(session: AsyncSession, item: ImportedCustomer, parameters: _Import) -> ItemResult | HeedError:
    """Store one line with all that it has; an error of any part rejects all of it."""
    try:
        async with savepoint(session):
            (row,) = await upsert_customers(
                session, lines=[item.line], on_conflict=parameters.on_conflict, now=parameters.now
            )
            if isinstance(row.result, HeedError):
                raise row.result
            has_changed = await _add_reach(session, item, row, parameters)
    except HeedError as error:
        return error
    return ItemResult.UPDATED if has_changed and row.result is ItemResult.UNCHANGED else row.result


async def _add_reach(session: AsyncSession, item: ImportedCustomer, row: UpsertedCustomer, parameters: _Import) -> bool:
    """Add contacts and consents that an existing customer does not have. Return whether there were any."""
    settings, now, changes = parameters.settings, parameters.now, 0
    for contact in item.contacts:
        created = await contacts.create_contact(
            session,
            customer_id=row.customer_id,
            new=contact,
            default_country=settings.country,
            cipher=settings.cipher,
            now=now,
        )
        changes += created.created
    if item.consents:
        current = await consents.get_consents(session, customer_id=row.customer_id, now=now)
        for consent in item.consents:
            decided = current.get(consent.purpose, consent.channel).decision
            if decided is None or (decided.granted is not consent.granted and _may_replace(parameters, consent)):
                decision = await consents.put_consent(
                    session,
                    customer_id=row.customer_id,
                    new=_to_decision(consent),
                    cipher=settings.cipher,
                    by=parameters.recorded_by,
                    now=now,
                )
                changes += decision.created
    return changes > 0


def _may_replace(parameters: _Import, consent: ImportedConsent) -> bool:
    """Return whether the line may replace another decision: a file may be older than it. Raises `ConsentConflict`."""
    if parameters.on_conflict is OnConflict.REJECT:
        raise ConsentConflict(pointer=f"/consent_{consent.purpose.value}_{consent.channel.value}")
    return parameters.on_conflict is OnConflict.UPDATE


def _to_decision(consent: ImportedConsent) -> NewDecision:
    return NewDecision(consent.purpose, consent.channel, granted=consent.granted, source=consent.source)
