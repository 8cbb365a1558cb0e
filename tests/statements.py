"""The statements that a database executes, as a test counts them."""

from collections.abc import Iterator
from contextlib import contextmanager

import asyncpg
from sqlalchemy import Connection, event

from heed_common.database import Database

TRANSACTION_CONTROL = ("BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE")
INTROSPECTION = ("SELECT current_setting('jit')", "SELECT set_config('jit'", "WITH RECURSIVE typeinfo_tree")
"""Of asyncpg, when a connection meets an array type for the first time."""


@contextmanager
def recorded_statements(database: Database) -> Iterator[list[str]]:
    """Return the texts of all statements of the database's connections, each on one line, without BEGIN and COMMIT.

    SQLAlchemy's statements are recorded before they run. Those of `heed_common.driver` pass it by: they are recorded
    once they have run, on connections that were requested after the recording began.
    """
    statements: list[str] = []
    connections: set[asyncpg.Connection] = set()

    def record(_connection: Connection, _cursor: object, statement: str, *_: object) -> None:
        statements.append(" ".join(statement.split()))

    def record_query(query: asyncpg.connection.LoggedQuery) -> None:
        statement = " ".join(query.query.split())
        if not statement.startswith(TRANSACTION_CONTROL + INTROSPECTION):
            statements.append(statement)

    def listen(adapter: object, *_: object) -> None:
        connection = adapter.driver_connection
        if connection not in connections:
            connections.add(connection)
            connection.add_query_logger(record_query)

    engine = database.engine.sync_engine
    event.listen(engine, "before_cursor_execute", record)
    event.listen(engine, "checkout", listen)
    try:
        yield statements
    finally:
        event.remove(engine, "before_cursor_execute", record)
        event.remove(engine, "checkout", listen)
        for connection in connections:
            if not connection.is_closed():
                connection.remove_query_logger(record_query)
