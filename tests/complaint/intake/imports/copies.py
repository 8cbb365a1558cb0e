"""Copies of complaints for other customers: living through one takes a tenth of a second."""

from collections.abc import Iterator, Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

COPIES = 100
CREATE_FUNCTION = text("""
    CREATE FUNCTION copied(uuid, int) RETURNS uuid LANGUAGE sql IMMUTABLE AS
    $$ SELECT CAST(md5(CAST($1 AS text) || $2) AS uuid) $$
""")
SELECT_COLUMNS = text("""
    SELECT string_agg(quote_ident(column_name), ', ') FROM information_schema.columns
    WHERE table_name = :table AND column_name <> 'seq'
""")
CHANGES = """jsonb_build_object('id', copied(id, copy), 'external_id', external_id || '-' || copy,
    'customer_id', CAST(left(CAST(customer_id AS text), 24) || lpad(to_hex(copy), 8, '0')
        || right(CAST(customer_id AS text), 4) AS uuid))"""
TABLES = (("milestone", False), ("pause", False), ("promise", True), ("completion", False), ("history_entry", False))
"""Tables of complaints, and whether their rows have ids of their own."""


def customers_of_copies(number: int) -> list[UUID]:
    return [UUID(int=number << 64 | copy << 16 | index) for copy in range(2, COPIES + 1) for index in range(1, 40)]


def copies_of(line: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the line for other customers."""
    for copy in range(2, COPIES + 1):
        customer_id = UUID(int=UUID(line["customer_id"]).int | copy << 16)
        yield dict(line) | {"external_id": f"{line['external_id']}-{copy}", "customer_id": str(customer_id)}


async def copy_lived(session: AsyncSession, *, service_point: str) -> None:
    """Copy the complaints of the service point with all their rows."""
    await session.execute(CREATE_FUNCTION)
    rows = f"SELECT to_jsonb(complaint) || {CHANGES} AS row FROM complaint"  # noqa: S608 - no input
    await _copy(session, "complaint", rows, service_point)
    for table, has_id in TABLES:
        own_id = ", 'id', copied(one.id, copy)" if has_id else ""
        rows = f"""SELECT to_jsonb(one) || jsonb_build_object('complaint_id', copied(one.complaint_id, copy){own_id}) AS row
            FROM {table} AS one JOIN complaint ON complaint.id = one.complaint_id"""  # noqa: S608, E501 - no input
        await _copy(session, table, rows, service_point)


async def _copy(session: AsyncSession, table: str, rows: str, service_point: str) -> None:
    columns = await session.scalar(SELECT_COLUMNS, {"table": table})
    select = f"""{rows} CROSS JOIN generate_series(2, {COPIES}) AS copy
        WHERE service_point_id = :service_point AND complaint.external_id !~ '-.*-'"""
    statement = f"""
        INSERT INTO {table} ({columns}) SELECT {columns} FROM ({select}) AS given
        CROSS JOIN LATERAL jsonb_populate_record(CAST(NULL AS {table}), given.row)
    """  # noqa: S608 - no input
    await session.execute(text(statement), {"service_point": service_point})
