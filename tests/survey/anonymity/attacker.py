"""The attacker: has the database with the hidden columns of its rows, its files, its logs, and its backups."""

import re
import subprocess
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import text

from heed.postgres_location import ENVIRONMENT
from heed.postgres_server import Cluster
from heed_common.database import Database
from tests.survey.anonymity import pages

ROW_ORDERS = {
    "id": "id",
    "event id": "event_id",
    "place in the table (ctid)": "ctid",
    "transaction (xmin)": "age(xmin) DESC, ctid",
    "times": "answered_at, received_at, ctid",
}
"""Orders of the rows of responses."""
MARKER = re.compile(rb"person-[0-9a-f]{16}")
COMMENT = "answers ->> 'comment'"
RESPONSES = f"SELECT {COMMENT} FROM response WHERE survey_id = :survey ORDER BY"  # noqa: S608 - names
TOPIC = """
    SELECT response.answers ->> 'comment' FROM outbox JOIN response ON response.id = CAST(outbox.aggregateid AS uuid)
    WHERE survey_id = :survey ORDER BY seq
"""
INDEXES = """
    SELECT pg_class.relname, pg_read_binary_file(pg_relation_filepath(pg_class.oid)) AS content
    FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid WHERE indrelid = CAST(:table AS regclass)
"""


@dataclass
class Attacker:
    """Reads everything that the operator of the database server can read at rest."""

    database: Database
    cluster: Cluster
    write_ahead_log: bytes = b""
    """Of what happened during the recording."""
    statement_log: bytes = b""

    @asynccontextmanager
    async def recording(self) -> AsyncIterator[None]:
        """Have the server log all statements with their parameters, and nothing of its write-ahead log be removed."""
        name, log = self.database.url.database, self.cluster.data / "server.log"
        for setting in ("log_statement = 'all'", "log_error_verbosity = 'default'"):
            self.cluster.query(f'ALTER DATABASE "{name}" SET {setting}')
        await self.database.close()  # The settings are those of new connections.
        await self.query("SELECT pg_create_physical_replication_slot(:slot, true)", slot=name)
        start, logged = await self._wal_file(), log.stat().st_size
        yield
        self.write_ahead_log = await self._read_wal(start)
        self.statement_log = log.read_bytes()[logged:]
        await self.query("SELECT pg_drop_replication_slot(:slot)", slot=name)
        for setting in ("log_statement", "log_error_verbosity"):
            self.cluster.query(f'ALTER DATABASE "{name}" RESET {setting}')

    async def orders(self, survey_id: str) -> dict[str, list[str]]:
        """Return the markers of the people whose responses are readable, in each order that something has."""
        params = {"survey": survey_id}
        found = {name: await self._scalars(f"{RESPONSES} {order}", **params) for name, order in ROW_ORDERS.items()}
        found |= await self.index_orders("response", COMMENT, where="survey_id = :survey", **params)
        found["order of the topic"] = await self._scalars(TOPIC, **params)
        everyone = {marker_of(content) for content in found["id"]}
        found = {name: [marker_of(content) for content in order] for name, order in found.items()}
        for name, content in (
            ("write-ahead log", self.write_ahead_log),
            ("log of statements", self.statement_log),
            ("backup", self.backup().encode()),
        ):
            found[name] = [marker for marker in markers(content) if marker in everyone]
        return {name: order for name, order in found.items() if order}

    async def groups(self, survey_id: str) -> list[set[str]]:
        """Return the people whose responses were inserted together."""
        query = """
            SELECT array_agg(answers ->> 'comment') FROM response WHERE survey_id = :survey
            GROUP BY CAST(CAST(xmin AS text) AS bigint) ORDER BY min(age(xmin)) DESC
        """
        return [{marker_of(content) for content in group} for group in await self._scalars(query, survey=survey_id)]

    def backup(self) -> str:
        """Return a dump of the database as text."""
        program = self.cluster.location.binaries / "pg_dump"
        command = [program, "--data-only", self.cluster.url(str(self.database.url.database))]
        return subprocess.run(command, env=ENVIRONMENT, capture_output=True, text=True, check=True).stdout

    async def find(self, secrets: Sequence[bytes]) -> set[bytes]:
        """Return which of these are in the write-ahead log, the log of statements or a backup, as bytes or as text."""
        contents = self.write_ahead_log, self.statement_log, self.backup().encode()
        return {
            secret
            for secret in secrets
            if any(form in content for content in contents for form in (secret, secret.hex().encode()))
        }

    async def rows(self, table: str) -> list[dict[str, object]]:
        async with self.database.transaction() as session:
            found = await session.execute(text(f'SELECT * FROM "{table}"'))  # noqa: S608 - a table name
            return [dict(row) for row in found.mappings()]

    async def written_with(self, table: str) -> set[str]:
        """Return the tables with a row of a transaction that also inserted a row of this table."""
        tables = await self._scalars("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        query = 'SELECT count(*) FROM "{}" AS a, "{}" AS b WHERE CAST(a.xmin AS text) = CAST(b.xmin AS text)'
        return {name for name in tables if (await self._scalars(query.format(name, table)))[0]}

    async def index_orders(
        self, table: str, column: str, *, where: str = "true", **params: str
    ) -> dict[str, list[Any]]:
        """Return the column of these rows in the order in which each index of the table got their entries."""
        async with self.database.autocommit() as connection:
            await connection.execute(text("CHECKPOINT"))
        query = f'SELECT CAST(ctid AS text), {column} FROM "{table}" WHERE {where}'  # noqa: S608 - names
        by_place = dict(await self.query(query, **params))
        orders = {}
        for name, content in await self.query(INDEXES, table=table):
            entries = [by_place[place] for place in pages.index_places(content) if place in by_place]
            if entries:
                orders[f"index {name}"] = entries
        return orders

    async def table_orders(self, table: str, column: str, orders: Mapping[str, str]) -> dict[str, list[Any]]:
        """Return the column of all rows in each order."""
        query = f'SELECT {column} FROM "{table}" ORDER BY '  # noqa: S608 - names
        return {name: await self._scalars(query + order) for name, order in orders.items()}

    async def _wal_file(self) -> str:
        """Return the name of the file that the write-ahead log is written to."""
        name: str = (await self._scalars("SELECT pg_walfile_name(pg_current_wal_insert_lsn())"))[0]
        return name

    async def _read_wal(self, start: str) -> bytes:
        end = await self._wal_file()
        async with self.database.transaction() as session:
            await session.execute(text("SET LOCAL synchronous_commit = on"))  # The log is on disk after the commit.
            await session.execute(text("SELECT pg_switch_wal(), txid_current()"))
        files = sorted(path for path in (self.cluster.data / "pg_wal").glob("0*") if start <= path.name <= end)
        return pages.wal_content(b"".join(path.read_bytes() for path in files))

    async def _scalars(self, query: str, **params: object) -> list[Any]:
        return [row[0] for row in await self.query(query, **params)]

    async def query(self, query: str, **params: object) -> Sequence[Any]:
        async with self.database.transaction() as session:
            return (await session.execute(text(query), params)).all()


def marker_of(content: str) -> str:
    return markers(content.encode())[0]


def markers(content: bytes) -> list[str]:
    """Return the markers of people in the content, each where it is first."""
    return list(dict.fromkeys(marker.decode() for marker in MARKER.findall(content)))


def in_group(order: Iterable[str], group: set[str]) -> list[str]:
    return [person for person in order if person in group]
