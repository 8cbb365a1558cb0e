"""`heed token create | rotate | revoke`: one key opens all services, so it is written to all of their databases."""

import argparse
import asyncio
import os
import sys
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from datetime import datetime
from typing import TypeVar

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from heed_common import api_keys
from heed_common.api_keys import Token
from heed_common.auth import SCOPES
from heed_common.clock import SystemClock
from heed_common.database import Database
from heed_common.errors import HeedError, NotFound, Unavailable, Unprocessable
from heed_common.settings import SettingsError

Result = TypeVar("Result")
REFUSED = 2
SERVICES = ("customer", "complaint", "survey", "scoring")
Databases = Mapping[str, Database]
"""The databases by the name of their service."""


class ScopeUnknown(Unprocessable):
    code = "scope_unknown"


class TokenUnknown(NotFound):
    code, title = "token_unknown", "There is no such key, or it has been revoked."


class NotEverywhere(Unavailable):
    code = "not_everywhere"


async def create(databases: Databases, *, name: str, scopes: Collection[str], now: datetime) -> str:
    """A new key. The text that it answers is shown once and kept nowhere."""
    unknown = sorted(set(scopes) - SCOPES)
    if unknown:
        raise ScopeUnknown(f"No such scope: {', '.join(unknown)}. There are: {', '.join(sorted(SCOPES))}.")
    token = Token.new()
    await _everywhere(databases, lambda session: api_keys.write_key(session, token, name=name, scopes=scopes, now=now))
    return str(token)


async def ensure(databases: Databases, token: str, *, name: str, scopes: Collection[str], now: datetime) -> None:
    """A key that its holder has already, such as the embedded mode's admin.token, holds in every database."""
    parsed = Token.parse(token)
    if parsed is None:
        raise TokenUnknown
    await _everywhere(databases, lambda session: api_keys.write_key(session, parsed, name=name, scopes=scopes, now=now))


async def rotate(databases: Databases, id_: str) -> str:
    """The same key with a new secret; the old one ends within five seconds."""
    token = Token.new(id_)
    if not all(await _everywhere(databases, lambda session: api_keys.replace_secret(session, token))):
        raise TokenUnknown
    return str(token)


async def revoke(databases: Databases, id_: str, *, now: datetime) -> None:
    """The key opens nothing any more, within five seconds."""
    if not any(await _everywhere(databases, lambda session: api_keys.revoke_key(session, id_, now=now))):
        raise TokenUnknown


async def _everywhere(databases: Databases, work: Callable[[AsyncSession], Awaitable[Result]]) -> list[Result]:
    """Does it in each database, also when one of them fails: a revocation must reach all that it can reach."""
    results: list[Result] = []
    failed: list[str] = []
    for service, database in databases.items():
        try:
            async with database.transaction() as session:
                results.append(await work(session))
        except (SQLAlchemyError, OSError):
            failed.append(service)
    if failed:
        raise NotEverywhere(f"Not done for {', '.join(failed)}, whose database does not answer. Please repeat it.")
    return results


def main(arguments: Sequence[str]) -> int:
    """`python -m heed_common.tokens create | rotate | revoke`. Status 2 when it was asked wrongly."""
    asked = _parser().parse_args(arguments)
    try:
        addresses = _addresses()
        token = asyncio.run(_do(asked, addresses, now=SystemClock().now()))
    except (HeedError, SettingsError) as error:
        print(error, file=sys.stderr)
        return REFUSED
    if token:
        print(token)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m heed_common.tokens")
    commands = parser.add_subparsers(dest="command", required=True)
    made = commands.add_parser("create", help="print a new key; it is shown this once")
    made.add_argument("--name", default="operator", help="who will hold it")
    made.add_argument("--scope", action="append", default=[], dest="scopes", help="repeat it; without one: all scopes")
    for command, text in (("rotate", "print a new secret for a key"), ("revoke", "end a key")):
        commands.add_parser(command, help=text).add_argument("id", help="the part between the underscores")
    return parser


def _addresses() -> dict[str, str]:
    names = {service: f"HEED_{service.upper()}_DATABASE_URL" for service in SERVICES}
    missing = [name for name in names.values() if not os.environ.get(name)]
    if missing:
        raise SettingsError(f"{', '.join(missing)}: must be set, because a key is written to all databases")
    return {service: os.environ[name] for service, name in names.items()}


async def _do(asked: argparse.Namespace, addresses: Mapping[str, str], *, now: datetime) -> str | None:
    databases = {service: Database(url, pool_size=1) for service, url in addresses.items()}
    try:
        if asked.command == "create":
            return await create(databases, name=asked.name, scopes=asked.scopes or SCOPES, now=now)
        if asked.command == "rotate":
            return await rotate(databases, asked.id)
        await revoke(databases, asked.id, now=now)
        return None
    finally:
        for database in databases.values():
            await database.close()


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
