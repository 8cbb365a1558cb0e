"""Operator commands that run in the databases of the services, which the environment names."""

import asyncio
import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.auth.tokens import SERVICES
from heed_common.database import Database
from heed_common.errors import HeedError
from heed_common.notifications import announce_commit
from heed_common.settings import SettingsError, read_database_url

FAILED, REFUSED = 1, 2

ServiceCommand = Callable[[AsyncSession, str], Awaitable[Sequence[str]]]
"""Runs in a transaction on the database of the named service; returns the lines to print."""


def run(command: ServiceCommand, *, service: str | None, empty: str, addresses: Mapping[str, str] | None = None) -> int:
    """Run the command for the named service, or for every service whose database address is set, and print its lines.

    Print `empty` where there are none. Return 1 if a database is unavailable, 2 if the command was refused.
    """
    try:
        lines = asyncio.run(_run(command, service, addresses))
    except (HeedError, SettingsError) as error:
        print(error, file=sys.stderr)
        return REFUSED
    except (SQLAlchemyError, OSError) as error:
        print(f"The database is unavailable: {type(error).__name__}", file=sys.stderr)
        return FAILED
    print("\n".join(lines or [empty]))
    return 0


async def _run(command: ServiceCommand, service: str | None, addresses: Mapping[str, str] | None) -> list[str]:
    lines: list[str] = []
    for name, address in _addresses(service, addresses).items():
        database = Database(address, pool_size=2)
        try:
            async with database.transaction() as session:
                lines += await command(session, name)
            await announce_commit(database)
        finally:
            await database.close()
    return lines


def _addresses(service: str | None, given: Mapping[str, str] | None) -> dict[str, str]:
    """Return the addresses by service, given or from the environment.

    Raises `SettingsError` if the selected one, or every one, is missing.
    """
    selected = SERVICES if service is None else (service,)
    configured = given or {name: url for name in SERVICES if (url := read_database_url(name)) is not None}
    addresses = {name: configured[name] for name in selected if configured.get(name)}
    if not addresses:
        raise SettingsError(f"HEED_{(service or '<SERVICE>').upper()}_DATABASE_URL: must be set")
    return addresses
