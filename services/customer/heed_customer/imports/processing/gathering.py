"""Gathering of the rows of one purchase that are not consecutive in the file.

A file is read once and may have any length, so its rows cannot be sorted in memory. Once it is complete, the keys that
occur in more than one run of rows are known. Their rows wait in a table while the chunks are processed; afterwards they
become chunks of complete purchases. A purchase is never recorded before all of its rows are found.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from uuid import UUID

from sqlalchemy import delete, func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.files.line_splitter import MAX_LINE_BYTES
from heed_common.imports.chunks import CHUNK_BYTES, CHUNK_LINES
from heed_customer.commerce.purchases.schemas import MAX_LINES
from heed_customer.imports import repository
from heed_customer.imports.formats.errors import PurchaseTooLarge
from heed_customer.imports.formats.parsing import PurchaseRows
from heed_customer.imports.tables import ImportChunk, ImportRow, ImportScatteredKey

WINDOW_ROWS = 2 * MAX_LINES + 1
"""Rows that are loaded to make one chunk: they include all rows of the first purchase, or it has too many."""

INSERT_SCATTERED_KEYS = text("""
    INSERT INTO import_scattered_key (import_id, key)
    SELECT :import_id, key FROM import_chunk, unnest(keys) AS key WHERE import_id = :import_id
    GROUP BY key HAVING count(*) > 1
""")
INSERT_WAITING_ROWS = text("""
    INSERT INTO import_row (import_id, key, line, body)
    SELECT :import_id, row.key, row.line, row.body
    FROM unnest(CAST(:keys AS bigint[]), CAST(:lines AS int[]), CAST(:bodies AS bytea[])) AS row(key, line, body)
    ORDER BY row.key, row.line
""")
REJECT_PURCHASE = text("""
    WITH rejected AS (
        DELETE FROM import_row WHERE import_id = :import_id AND key = :key
        RETURNING line, encode(body, 'escape') AS body
    ), problem AS (
        INSERT INTO import_problem (import_id, line, code, reason)
        SELECT :import_id, line, :code, :reason FROM rejected ORDER BY line
    )
    SELECT sum(1 + length(body) - length(replace(body, E'\\n', ''))) FROM rejected
""")


@dataclass(frozen=True, slots=True)
class _Purchase:
    key: int
    rows: int
    bytes: int

    @property
    def is_too_large(self) -> bool:
        return self.rows > MAX_LINES or self.bytes > MAX_LINE_BYTES


async def insert_scattered_keys(session: AsyncSession, import_id: UUID) -> None:
    """Find the purchases of a complete file whose rows are not consecutive."""
    await session.execute(INSERT_SCATTERED_KEYS, {"import_id": import_id})


async def set_rows_aside(
    session: AsyncSession, groups: Sequence[PurchaseRows], *, import_id: UUID
) -> list[PurchaseRows]:
    """Store the rows of purchases that have others elsewhere. Return the purchases that are complete."""
    candidates = {group.key for group in groups if group.key is not None}
    query = select(ImportScatteredKey.key).where(
        ImportScatteredKey.import_id == import_id, ImportScatteredKey.key.in_(candidates)
    )
    scattered = set(await session.scalars(query))
    rows = [
        (group.key, line, body) for group in groups if group.key in scattered for line, body in group.bodies.items()
    ]
    if rows:
        columns = zip(("keys", "lines", "bodies"), zip(*rows, strict=True), strict=True)
        await session.execute(
            INSERT_WAITING_ROWS, {"import_id": import_id, **{name: list(column) for name, column in columns}}
        )
    return [group for group in groups if group.key not in scattered]


async def has_rows(session: AsyncSession, import_id: UUID) -> bool:
    return await session.scalar(select(ImportRow.line).where(ImportRow.import_id == import_id).limit(1)) is not None


async def gather_chunk(session: AsyncSession, import_id: UUID) -> ImportChunk | int:
    """Move the rows of some complete purchases into a chunk. Return it, or the number of lines rejected instead.

    A purchase that is too large is rejected without loading its rows, of which there may be any number.
    """
    purchases = await _next_purchases(session, import_id)
    if purchases[0].is_too_large:
        problem = {"code": PurchaseTooLarge.code, "reason": PurchaseTooLarge.title}
        params = {"import_id": import_id, "key": purchases[0].key, **problem}
        return int((await session.execute(REJECT_PURCHASE, params)).scalar_one())
    keys = [purchase.key for purchase in purchases]
    condition = (ImportRow.import_id == import_id, ImportRow.key.in_(keys))
    found = select(ImportRow.line, ImportRow.body).where(*condition).order_by(ImportRow.key, ImportRow.line)
    rows = (await session.execute(found)).all()
    await session.execute(delete(ImportRow).where(*condition))
    last = await session.scalar(select(func.max(ImportChunk.number)).where(ImportChunk.import_id == import_id))
    chunk = ImportChunk(
        import_id=import_id,
        number=max(last or 0, 0) + 1,
        first_line=rows[0].line,
        body=b"".join(row.body + b"\n" for row in rows),
        line_numbers=[row.line for row in rows],
        keys=[],
        references=[],
    )
    await repository.insert_chunk(session, chunk)
    return chunk


async def delete_scattered_keys(session: AsyncSession, import_id: UUID) -> None:
    await session.execute(delete(ImportScatteredKey).where(ImportScatteredKey.import_id == import_id))


async def _next_purchases(session: AsyncSession, import_id: UUID) -> list[_Purchase]:
    """Return the first purchases that fit into a chunk together: at least one."""
    window = (
        select(ImportRow.key, func.octet_length(ImportRow.body).label("bytes"))
        .where(ImportRow.import_id == import_id)
        .order_by(ImportRow.key, ImportRow.line)
        .limit(WINDOW_ROWS)
    )
    rows = (await session.execute(window)).all()
    groups = [(key, [row.bytes for row in group]) for key, group in groupby(rows, key=lambda row: row.key)]
    found = [_Purchase(key, len(sizes), sum(sizes)) for key, sizes in groups]
    if len(rows) == WINDOW_ROWS and len(found) > 1:
        found.pop()  # The last one may have further rows beyond the window.
    return [found[0], *_fitting(found)]


def _fitting(found: Sequence[_Purchase]) -> list[_Purchase]:
    """Return those after the first that still fit into its chunk."""
    rows, size, fitting = found[0].rows, found[0].bytes, list[_Purchase]()
    for purchase in found[1:]:
        rows, size = rows + purchase.rows, size + purchase.bytes
        if rows > CHUNK_LINES or size > CHUNK_BYTES:
            break
        fitting.append(purchase)
    return fitting
