"""Columns that hold the normal form of other columns: filled by migrations for the rows that are there already."""

from collections.abc import Callable

import sqlalchemy as sa

PAGE = 5000


def fill(
    connection: sa.Connection, *, table: str, column: str, sources: tuple[str, ...], compute: Callable[..., str | None]
) -> None:
    """Compute the column of every row from its sources, page by page in the order of the ids."""
    rows = sa.table(table, *(sa.column(name) for name in ("id", *sources, column)))
    page = sa.select(rows.c.id, *(rows.c[name] for name in sources)).order_by(rows.c.id).limit(PAGE)
    update = sa.update(rows).where(rows.c.id == sa.bindparam("row_id")).values({column: sa.bindparam("computed")})
    found = connection.execute(page).all()
    while found:
        connection.execute(update, [{"row_id": row.id, "computed": compute(*row[1:])} for row in found])
        found = connection.execute(page.where(rows.c.id > found[-1].id)).all()
