"""Swap of a database for another one on the same server, in one transaction."""

from datetime import datetime
from typing import Self
from urllib.parse import urlsplit, urlunsplit

import asyncpg

from heed.errors import CommandError
from heed_common.secret_settings import read_secret

ADMINISTRATOR = "HEED_RESTORE_DATABASE_URL"
MAINTENANCE = "postgres"
SELECT_DATABASE = """
    SELECT pg_get_userbyid(datdba) AS owner, datlocprovider = 'c' AS by_libc, datcollate, datctype,
        has_database_privilege('public', oid, 'CONNECT') AS is_public
    FROM pg_database WHERE datname = $1
"""
COUNT_SESSIONS = "SELECT count(*) FROM pg_stat_activity WHERE datname = $1"


class DatabaseInUse(CommandError):
    """The service is still running, or another client is connected to its database."""


class NotAllowed(CommandError):
    """The account may not create databases."""


class DatabaseSwap:
    """A database and the prepared one that replaces it."""

    def __init__(self, connection: asyncpg.Connection, url: str) -> None:
        self._connection = connection
        self._url = url
        self.name = urlsplit(url).path.removeprefix("/")
        self.ready = f"{self.name}_restoring"

    @classmethod
    async def open(cls, url: str) -> Self:
        """Connect as the service's own account, or as the one in `HEED_RESTORE_DATABASE_URL`."""
        administrator = read_secret(ADMINISTRATOR) or _with_database(url, MAINTENANCE)
        return cls(await asyncpg.connect(administrator), url)

    @property
    def ready_url(self) -> str:
        return _with_database(self._url, self.ready)

    async def close(self) -> None:
        await self._connection.close()

    async def exists(self) -> bool:
        return await self._connection.fetchrow(SELECT_DATABASE, self.name) is not None

    async def check_unused(self) -> None:
        """Raise `DatabaseInUse` while any session is connected to the database that will be replaced."""
        if sessions := await self._connection.fetchval(COUNT_SESSIONS, self.name):
            raise DatabaseInUse(f"{sessions} sessions use the database {self.name}: stop its service, then try again.")

    async def prepare(self) -> None:
        """Create an empty database like the current one; drop the leftover of an interrupted restore."""
        properties = await self._connection.fetchrow(SELECT_DATABASE, self.name)
        try:
            await self._connection.execute(f"DROP DATABASE IF EXISTS {_quoted(self.ready)} WITH (FORCE)")
            await self._connection.execute(
                f"CREATE DATABASE {_quoted(self.ready)} TEMPLATE template0{_like(properties)}"
            )
        except asyncpg.InsufficientPrivilegeError as error:
            hint = f"{ADMINISTRATOR} may name an account with CREATEDB (it connects to the database {MAINTENANCE})"
            raise NotAllowed(f"A restore creates a new database: {error}; {hint}.") from None
        if properties and not properties["is_public"]:
            await self._connection.execute(f"REVOKE ALL ON DATABASE {_quoted(self.ready)} FROM PUBLIC")

    async def swap(self, *, now: datetime) -> str | None:
        """Replace the current database by the prepared one. Return the new name of the replaced one."""
        aside = f"{self.name}_before_{now:%Y%m%d%H%M%S%f}" if await self.exists() else None
        async with self._connection.transaction():
            if aside:
                await self._connection.execute(f"ALTER DATABASE {_quoted(self.name)} RENAME TO {_quoted(aside)}")
            await self._connection.execute(f"ALTER DATABASE {_quoted(self.ready)} RENAME TO {_quoted(self.name)}")
        return aside


def _like(properties: asyncpg.Record | None) -> str:
    if properties is None:
        return ""
    locale = (
        f" LC_COLLATE {_text(properties['datcollate'])} LC_CTYPE {_text(properties['datctype'])}"
        if properties["by_libc"]
        else ""
    )
    return f" OWNER {_quoted(properties['owner'])} ENCODING 'UTF8'{locale}"


def _with_database(url: str, name: str) -> str:
    return urlunsplit(urlsplit(url)._replace(path=f"/{name}"))


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"
