"""The statements that a database executes, as a test counts them."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, event

from heed_common.database import Database


@contextmanager
def recorded_statements(database: Database) -> Iterator[list[str]]:
    """Return the texts of all statements of the database's engine in their order, each on one line."""
    statements: list[str] = []

    def record(_connection: Connection, _cursor: object, statement: str, *_: object) -> None:
        statements.append(" ".join(statement.split()))

    engine = database.engine.sync_engine
    event.listen(engine, "before_cursor_execute", record)
    try:
        yield statements
    finally:
        event.remove(engine, "before_cursor_execute", record)
