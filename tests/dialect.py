"""One dialect of SQLAlchemy for all engines of a test process: statements are compiled once.

Each test has an engine of its own, as each service has. With a dialect of its own too, an engine would compile every
statement again, and mappers would store what earlier dialects compiled.
"""

from typing import Any, Self

from sqlalchemy import Connection, Engine
from sqlalchemy.dialects import registry
from sqlalchemy.dialects.postgresql.asyncpg import PGDialect_asyncpg
from sqlalchemy.util import LRUCache

COMPILED_STATEMENTS = 2000


class SharedDialect(PGDialect_asyncpg):
    """asyncpg's dialect, made once; it reads the version of the first server, which all servers of a run share."""

    supports_statement_cache = True

    _shared: Self | None = None
    _options: dict[str, Any] | None = None
    _is_initialized = False
    _compiled: LRUCache[Any, Any] = LRUCache(COMPILED_STATEMENTS)

    def __new__(cls, **_: Any) -> Self:
        if cls._shared is None:
            cls._shared = super().__new__(cls)
        return cls._shared

    def __init__(self, **options: Any) -> None:
        options["dbapi"] = None  # made for each engine, all alike; compared without it
        if self._options is None:
            super().__init__(**options | {"dbapi": self.import_dbapi()})
            self._options = options
        elif options != self._options:
            raise ValueError("the engines of a test process differ in the options of their dialect")

    def initialize(self, connection: Connection) -> None:
        if not self._is_initialized:
            super().initialize(connection)
            self._is_initialized = True

    @classmethod
    def engine_created(cls, engine: Engine) -> None:
        engine.update_execution_options(compiled_cache=cls._compiled)


def share_dialect() -> None:
    """Have every engine that is made from now on use it."""
    registry.register("postgresql.asyncpg", __name__, SharedDialect.__name__)
