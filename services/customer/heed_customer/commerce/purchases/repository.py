"""SQL of purchases."""

import json
from collections.abc import Collection, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from heed_common import driver, outbox
from heed_common.content_hash import NO_FINGERPRINT
from heed_common.contracts.customer import PurchaseKind
from heed_common.contracts.event import json_text
from heed_common.cooperation import in_slices
from heed_common.newest_first import newest_first
from heed_common.packed_columns import pack_column
from heed_customer.commerce.purchases.rules import PricedLine, PricedPurchase, PurchaseFilter, RecordedPurchase
from heed_customer.commerce.purchases.tables import Purchase

# Rows of one external_id are inserted in the order of the batch, so that the first with an existing customer wins;
# all writers insert in the order of the external ids, so that two batches never deadlock. Columns are packed but
# for moments and the caller's own ids, in which the separators may occur.
INSERT_PURCHASES = text("""
    INSERT INTO purchase (
        id, event_id, external_id, customer_id, kind, occurred_at, currency, lines, units, gross, margin,
        margin_estimated, service_point_id, fingerprint, version, recorded_at
    )
    SELECT row.id, row.event_id, row.external_id, coalesce(named.id, found.id), row.kind, row.occurred_at,
        row.currency, CAST(row.lines AS jsonb), row.units, row.gross, row.margin, row.margin_estimated,
        row.service_point_id, row.fingerprint, 1, CAST(:recorded_at AS timestamptz)
    FROM unnest(
        CAST(string_to_array(:ids, chr(31), chr(30)) AS uuid[]),
        CAST(string_to_array(:event_ids, chr(31), chr(30)) AS uuid[]),
        CAST(:external_ids AS text[]),
        CAST(string_to_array(:customer_ids, chr(31), chr(30)) AS uuid[]),
        CAST(:customer_external_ids AS text[]),
        string_to_array(:kinds, chr(31), chr(30)),
        CAST(:occurred_ats AS timestamptz[]),
        string_to_array(:currencies, chr(31), chr(30)),
        string_to_array(:lines, chr(31), chr(30)),
        CAST(string_to_array(:units, chr(31), chr(30)) AS numeric[]),
        CAST(string_to_array(:grosses, chr(31), chr(30)) AS numeric[]),
        CAST(string_to_array(:margins, chr(31), chr(30)) AS numeric[]),
        CAST(string_to_array(:estimated, chr(31), chr(30)) AS boolean[]),
        CAST(:service_point_ids AS text[]),
        CAST(string_to_array(:fingerprints, chr(31), chr(30)) AS bytea[])
    ) WITH ORDINALITY AS row(
        id, event_id, external_id, customer_id, customer_external_id, kind, occurred_at, currency, lines, units, gross,
        margin, margin_estimated, service_point_id, fingerprint, position
    )
    LEFT JOIN customer AS named ON named.id = row.customer_id
    LEFT JOIN customer AS found ON found.external_id = row.customer_external_id
    WHERE coalesce(named.id, found.id) IS NOT NULL
    ORDER BY row.external_id, row.position
    ON CONFLICT (external_id) DO NOTHING
    RETURNING id, customer_id, (SELECT epoch FROM outbox_epoch) AS epoch
""")


async def insert_purchases(
    session: AsyncSession, purchases: Sequence[PricedPurchase], *, now: datetime
) -> dict[UUID, UUID]:
    """Insert the purchases of existing customers whose external_id is new. Return the customer of each, by purchase."""
    requests = [purchase.request for purchase in purchases]
    inserted = await driver.fetch(
        session,
        INSERT_PURCHASES,
        {
            "ids": pack_column([purchase.id for purchase in purchases]),
            "event_ids": pack_column([purchase.event_id for purchase in purchases]),
            "external_ids": [request.external_id for request in requests],
            "customer_ids": pack_column([request.customer_id for request in requests]),
            "customer_external_ids": [request.customer_external_id for request in requests],
            "kinds": pack_column([request.kind for request in requests]),
            "occurred_ats": [request.occurred_at for request in requests],
            "currencies": pack_column([request.currency for request in requests]),
            "lines": pack_column([lines_to_json(purchase.lines) async for purchase in in_slices(purchases)]),
            "units": pack_column([purchase.units for purchase in purchases]),
            "grosses": pack_column([purchase.gross for purchase in purchases]),
            "margins": pack_column([purchase.margin for purchase in purchases]),
            "estimated": pack_column([purchase.margin_estimated for purchase in purchases]),
            "service_point_ids": [request.service_point_id for request in requests],
            "fingerprints": pack_column([f"\\x{purchase.fingerprint.hex()}" for purchase in purchases]),
            "recorded_at": now,
        },
    )
    if inserted:
        outbox.set_epoch(session, inserted[0]["epoch"])
    return {row["id"]: row["customer_id"] for row in inserted}


async def complete_recovered(session: AsyncSession, purchases: Sequence[PricedPurchase]) -> None:
    """Complete the lines of purchases that a restore recovered from events, from the caller's repeated requests."""
    by_external_id = {purchase.request.external_id: purchase for purchase in purchases}
    recovered = select(Purchase).where(Purchase.external_id.in_(by_external_id), Purchase.fingerprint == NO_FINGERPRINT)
    for row in await session.scalars(recovered.order_by(Purchase.id).with_for_update()):
        purchase = by_external_id[row.external_id]
        if (row.gross, row.units, row.occurred_at) == (purchase.gross, purchase.units, purchase.request.occurred_at):
            row.lines, row.fingerprint = json.loads(lines_to_json(purchase.lines)), purchase.fingerprint
    await session.flush()


async def find_by_external_ids(session: AsyncSession, external_ids: Collection[str]) -> dict[str, RecordedPurchase]:
    rows = await session.scalars(select(Purchase).where(Purchase.external_id.in_(external_ids)))
    return {row.external_id: _to_recorded(row) for row in rows}


async def find_purchase(session: AsyncSession, purchase_id: UUID) -> RecordedPurchase | None:
    row = await session.get(Purchase, purchase_id)
    return None if row is None else _to_recorded(row)


async def list_purchases(
    session: AsyncSession, filters: PurchaseFilter, *, after: tuple[Any, ...] | None, limit: int
) -> list[RecordedPurchase]:
    """Return a page, the latest recorded first; with a range of time the latest purchase first."""
    page = newest_first(
        select(Purchase), filters.times, moment=Purchase.occurred_at, row_id=Purchase.id, after=after, limit=limit
    )
    if filters.customer_ids is not None:
        page = page.where(Purchase.customer_id.in_(filters.customer_ids))
    if filters.external_ids:
        page = page.where(Purchase.external_id.in_(filters.external_ids))
    if filters.kinds:
        page = page.where(Purchase.kind.in_(filters.kinds))
    if filters.service_point_ids:
        page = page.where(Purchase.service_point_id.in_(filters.service_point_ids))
    return [_to_recorded(row) for row in await session.scalars(page)]


async def lock_purchases(session: AsyncSession, purchase_ids: Collection[UUID]) -> dict[UUID, Purchase]:
    """Lock the purchases until the transaction ends, so that the returns of one are recorded one after the other."""
    statement = select(Purchase).where(Purchase.id.in_(purchase_ids)).order_by(Purchase.id)
    return {row.id: row for row in await session.scalars(statement.with_for_update(key_share=True))}


def lines_to_json(lines: Sequence[PricedLine]) -> str:
    """Return the lines as JSON, with decimals as texts so that they stay exact."""
    return f"[{','.join([_line_to_json(line) for line in lines])}]"


def _line_to_json(line: PricedLine) -> str:
    """Return the line, written directly: the JSON of a line took as long as its price."""
    cost = "null" if line.unit_cost is None else f'"{line.unit_cost}"'
    return (
        f'{{"sku":{json_text(line.sku)},"category":{json_text(line.category)},"quantity":"{line.quantity}",'
        f'"unit_price":"{line.unit_price}","unit_cost":{cost},"gross":"{line.gross}","margin":"{line.margin}"}}'
    )


def line_from_json(line: dict[str, str | None]) -> PricedLine:
    """Return a stored line."""
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


def _to_recorded(row: Purchase) -> RecordedPurchase:
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
