"""Every query of purchases."""

import json
from collections.abc import Collection, Sequence
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from heed_common import outbox
from heed_common.content_hash import NO_FINGERPRINT
from heed_common.contracts.customer import PurchaseKind
from heed_common.cooperation import in_slices
from heed_customer.purchases.rules import Draft, PricedLine, RecordedPurchase
from heed_customer.tables import Purchase

# Rows of one external_id stand in the order of the batch, so that the first of them with a known customer is taken;
# all writers go through the external ids in one order, so that two batches never wait for each other.
INSERT = text("""
    INSERT INTO purchase (
        id, event_id, external_id, customer_id, kind, occurred_at, currency, lines, units, gross, margin,
        margin_estimated, service_point_id, fingerprint, version, recorded_at
    )
    SELECT row.id, row.event_id, row.external_id, coalesce(named.id, found.id), row.kind, row.occurred_at,
        row.currency, CAST(row.lines AS jsonb), row.units, row.gross, row.margin, row.margin_estimated,
        row.service_point_id, row.fingerprint, 1, CAST(:recorded_at AS timestamptz)
    FROM unnest(
        CAST(:ids AS uuid[]), CAST(:event_ids AS uuid[]), CAST(:external_ids AS text[]),
        CAST(:customer_ids AS uuid[]), CAST(:customer_external_ids AS text[]), CAST(:kinds AS text[]),
        CAST(:occurred_ats AS timestamptz[]), CAST(:currencies AS text[]), CAST(:lines AS text[]),
        CAST(:units AS numeric[]), CAST(:grosses AS numeric[]), CAST(:margins AS numeric[]),
        CAST(:estimated AS boolean[]), CAST(:service_point_ids AS text[]), CAST(:fingerprints AS bytea[])
    ) WITH ORDINALITY AS row(
        id, event_id, external_id, customer_id, customer_external_id, kind, occurred_at, currency, lines, units, gross,
        margin, margin_estimated, service_point_id, fingerprint, place
    )
    LEFT JOIN customer AS named ON named.id = row.customer_id
    LEFT JOIN customer AS found ON found.external_id = row.customer_external_id
    WHERE coalesce(named.id, found.id) IS NOT NULL
    ORDER BY row.external_id, row.place
    ON CONFLICT (external_id) DO NOTHING
    RETURNING id, customer_id, (SELECT epoch FROM outbox_epoch) AS epoch
""")


async def insert_purchases(session: AsyncSession, drafts: Sequence[Draft], *, now: datetime) -> dict[UUID, UUID]:
    """Takes those of a known customer whose external_id is new. Answers the customer of each purchase taken."""
    told = [draft.told for draft in drafts]
    rows = await session.execute(
        INSERT,
        {
            "ids": [draft.id for draft in drafts],
            "event_ids": [draft.event_id for draft in drafts],
            "external_ids": [purchase.external_id for purchase in told],
            "customer_ids": [purchase.customer_id for purchase in told],
            "customer_external_ids": [purchase.customer_external_id for purchase in told],
            "kinds": [purchase.kind for purchase in told],
            "occurred_ats": [purchase.occurred_at for purchase in told],
            "currencies": [purchase.currency for purchase in told],
            "lines": [_to_json(draft.lines) async for draft in in_slices(drafts)],
            "units": [draft.units for draft in drafts],
            "grosses": [draft.gross for draft in drafts],
            "margins": [draft.margin for draft in drafts],
            "estimated": [draft.margin_estimated for draft in drafts],
            "service_point_ids": [purchase.service_point_id for purchase in told],
            "fingerprints": [draft.fingerprint for draft in drafts],
            "recorded_at": now,
        },
    )
    taken = rows.all()
    if taken:
        outbox.set_epoch(session, taken[0].epoch)
    return {row.id: row.customer_id for row in taken}


async def fill_in(session: AsyncSession, drafts: Sequence[Draft]) -> None:
    """Fill in the lines of purchases that a restore recovered from events, from the caller's repeated requests."""
    by_external_id = {draft.told.external_id: draft for draft in drafts}
    recovered = select(Purchase).where(Purchase.external_id.in_(by_external_id), Purchase.fingerprint == NO_FINGERPRINT)
    for row in await session.scalars(recovered.order_by(Purchase.id).with_for_update()):
        draft = by_external_id[row.external_id]
        if (row.gross, row.units, row.occurred_at) == (draft.gross, draft.units, draft.told.occurred_at):
            row.lines, row.fingerprint = json.loads(_to_json(draft.lines)), draft.fingerprint
    await session.flush()


async def find_by_external_ids(session: AsyncSession, external_ids: Collection[str]) -> dict[str, RecordedPurchase]:
    rows = await session.scalars(select(Purchase).where(Purchase.external_id.in_(external_ids)))
    return {row.external_id: _recorded(row) for row in rows}


async def find(session: AsyncSession, purchase_id: UUID) -> RecordedPurchase | None:
    row = await session.get(Purchase, purchase_id)
    return None if row is None else _recorded(row)


def _to_json(lines: Sequence[PricedLine]) -> str:
    """Decimals as texts: exactly what was said."""
    return json.dumps(
        [
            {
                "sku": line.sku,
                "category": line.category,
                "quantity": str(line.quantity),
                "unit_price": str(line.unit_price),
                "unit_cost": None if line.unit_cost is None else str(line.unit_cost),
                "gross": str(line.gross),
                "margin": str(line.margin),
            }
            for line in lines
        ]
    )


def line_from_json(line: dict[str, str | None]) -> PricedLine:
    """A line as it was kept."""
    cost = line["unit_cost"]
    return PricedLine(
        sku=str(line["sku"]),
        category=str(line["category"]),
        quantity=Decimal(str(line["quantity"])),
        unit_price=Decimal(str(line["unit_price"])),
        unit_cost=None if cost is None else Decimal(cost),
        gross=Decimal(str(line["gross"])),
        margin=Decimal(str(line["margin"])),
    )


def _recorded(row: Purchase) -> RecordedPurchase:
    return RecordedPurchase(
        id=row.id,
        event_id=row.event_id,
        external_id=row.external_id,
        customer_id=row.customer_id,
        kind=PurchaseKind(row.kind),
        occurred_at=row.occurred_at,
        currency=row.currency,
        lines=tuple(line_from_json(line) for line in row.lines),
        units=row.units,
        gross=row.gross,
        margin=row.margin,
        margin_estimated=row.margin_estimated,
        service_point_id=row.service_point_id,
        fingerprint=row.fingerprint,
        recorded_at=row.recorded_at,
    )
