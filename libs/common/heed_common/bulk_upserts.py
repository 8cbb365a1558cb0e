"""Upserts of many rows in one statement, for read models: the tables that are copied from other services' events.

The rows go to the driver as one array of each column, and are written in the order of their key, so that two
transactions that write the same rows never wait for each other in a circle.
"""

from collections.abc import Mapping, Sequence
from typing import Any, cast

from sqlalchemy import Table, TextClause, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import DeclarativeBase

from heed_common import driver

Row = Mapping[str, Any]


def rows_of(table: type[DeclarativeBase], columns: Sequence[str]) -> str:
    """Return the SQL of rows whose columns are parameters, one array for each, as `given`."""
    return f"unnest({', '.join(_arrays(table, columns))}) AS given({', '.join(columns)})"


def newer_wins(table: type[DeclarativeBase], *, key: str, columns: Sequence[str], version: str) -> TextClause:
    """Return the upsert of these columns, `key` and `version` among them: of each key the highest version stays."""
    changes = {name: f"EXCLUDED.{name}" for name in columns if name != key}
    is_newer = f"{table.__tablename__}.{version} < EXCLUDED.{version}"
    return upsert(table, key=key, columns=columns, changes=changes, where=is_newer)


def upsert(
    table: type[DeclarativeBase],
    *,
    key: str,
    columns: Sequence[str],
    changes: Mapping[str, str],
    where: str | None = None,
) -> TextClause:
    """Return the upsert of these columns. `changes` are the expressions by which an existing row is updated.

    Only names and expressions from the code may be passed, never values.
    """
    names = ", ".join(columns)
    assignments = ", ".join(f"{name} = {expression}" for name, expression in changes.items())
    condition = "" if where is None else f" WHERE {where}"
    return text(
        f"INSERT INTO {table.__tablename__} ({names}) SELECT {names} FROM {rows_of(table, columns)} ORDER BY {key} "  # noqa: S608
        f"ON CONFLICT ({key}) DO UPDATE SET {assignments}{condition}"
    )


def columns_of(rows: Sequence[Row]) -> dict[str, list[Any]]:
    """Return the parameters of a statement that reads `rows_of` the table."""
    return {name: [row[name] for row in rows] for name in rows[0]}


async def execute(session: AsyncSession, statement: TextClause, rows: Sequence[Row]) -> None:
    """Upsert the rows, of which no two may have the same key. No statement is run without rows."""
    if rows:
        await driver.fetch(session, statement, columns_of(rows))


def _arrays(table: type[DeclarativeBase], columns: Sequence[str]) -> list[str]:
    types = cast("Table", table.__table__).c
    return [f"CAST(:{name} AS {types[name].type.compile(dialect=driver.DIALECT)}[])" for name in columns]
