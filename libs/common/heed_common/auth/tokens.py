"""`heed token create | rotate | revoke`: keys are valid for all services and stored in each database."""

import argparse
import asyncio
import os
import sys
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import TypeVar

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.auth import api_keys, key_file
from heed_common.auth.api_keys import KeyState, Token
from heed_common.auth.scopes import SCOPES
from heed_common.clock import SystemClock
from heed_common.database import Database
from heed_common.errors import HeedError, NotFound, Unavailable, Unprocessable
from heed_common.settings import SettingsError

Result = TypeVar("Result")
REFUSED = 2
ADMIN = "admin.token"
"""Name of the key in the owner's file."""
SERVICES = ("customer", "complaint", "survey", "scoring")
Databases = Mapping[str, Database]
"""The databases by the name of their service."""


class ScopeUnknown(Unprocessable):
    code = "scope_unknown"
    advice = "Choose from the scopes listed in the reference."


class TokenUnknown(NotFound):
    code, title = "token_unknown", "There is no such key, or it has been revoked."
    advice = "List the keys and use the id of one that is not revoked."


class PartiallyApplied(Unavailable):
    code = "not_everywhere"
    advice = "Send it again: what was done already is not done twice."


async def create(databases: Databases, *, name: str, scopes: Collection[str], now: datetime) -> Token:
    """Create a key. The returned token is shown once and not stored."""
    unknown = sorted(set(scopes) - SCOPES)
    if unknown:
        raise ScopeUnknown(f"No such scope: {', '.join(unknown)}. There are: {', '.join(sorted(SCOPES))}.")
    token = Token.new()
    await _in_all_databases(
        databases, lambda session: api_keys.add_key(session, token, name=name, scopes=scopes, now=now)
    )
    return token


async def ensure(databases: Databases, token: Token, *, name: str, scopes: Collection[str], now: datetime) -> KeyState:
    """Add an existing key, such as the embedded mode's admin.token, to databases that lack it.

    Revocations are final: a key that one database has as revoked or replaced is added to no other.
    """
    states = await _in_all_databases(databases, lambda session: api_keys.key_state(session, token))
    ended = next((state for state in (KeyState.REVOKED, KeyState.REPLACED) if state in states), None)
    if ended is not None:
        return ended
    await _in_all_databases(databases, lambda session: _add(session, token, name=name, scopes=scopes, now=now))
    return KeyState.GOOD


async def _add(session: AsyncSession, token: Token, *, name: str, scopes: Collection[str], now: datetime) -> None:
    await api_keys.add_key(session, token, name=name, scopes=scopes, now=now)
    # A newer version may have scopes that the key was created without; no command removes a scope.
    await api_keys.add_scopes(session, token, scopes)


async def rotate(databases: Databases, id_: str) -> Token:
    """Give the key a new secret; the old one becomes invalid within five seconds. Raises `TokenUnknown`."""
    token = Token.new(id_)
    if not all(await _in_all_databases(databases, lambda session: api_keys.replace_secret(session, token))):
        raise TokenUnknown
    return token


async def revoke(databases: Databases, id_: str, *, now: datetime) -> None:
    """Revoke the key, which becomes invalid within five seconds. Raises `TokenUnknown`."""
    if not any(await _in_all_databases(databases, lambda session: api_keys.revoke_key(session, id_, now=now))):
        raise TokenUnknown


async def _in_all_databases(databases: Databases, work: Callable[[AsyncSession], Awaitable[Result]]) -> list[Result]:
    """Run the work in each database, even if one of them fails: a revocation must reach all that are available."""
    results: list[Result] = []
    failed: list[str] = []
    for service, database in databases.items():
        try:
            async with database.transaction() as session:
                results.append(await work(session))
        except (SQLAlchemyError, OSError):
            failed.append(service)
    if failed:
        raise PartiallyApplied(f"Not done for {', '.join(failed)}, whose database is unavailable. Please repeat it.")
    return results


def main(arguments: Sequence[str], *, file: Path | None = None, addresses: Mapping[str, str] | None = None) -> int:
    """Run `python -m heed_common.auth.tokens create | rotate | revoke`. Return 2 for wrong usage.

    `file` contains the owner's key: `create --admin-file` writes a new one to it, and so does rotating that key.
    """
    options = _parser(file).parse_args(arguments)
    try:
        token = asyncio.run(_run(options, addresses or _addresses(), now=SystemClock().now()))
        if token and file and _belongs_in(file, token, options):
            key_file.save(file, token)
    except (HeedError, SettingsError) as error:
        print(error, file=sys.stderr)
        return REFUSED
    if token:
        print(token)
    return 0


def _belongs_in(file: Path, token: Token, options: argparse.Namespace) -> bool:
    if options.command == "create":
        return bool(options.admin_file)
    stored = key_file.load(file)
    return stored is not None and stored.id == token.id


def _parser(file: Path | None) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="heed token" if file else "python -m heed_common.auth.tokens")
    commands = parser.add_subparsers(dest="command", required=True)
    made = commands.add_parser("create", help="print a new key; it is shown this once")
    made.add_argument("--name", default=None, help="name of the key, for example its holder")
    made.add_argument("--scope", action="append", default=[], dest="scopes", help="repeat it; without one: all scopes")
    if file:
        made.add_argument("--admin-file", action="store_true", help=f"write it to {file}, replacing the old one")
    for command, text in (("rotate", "print a new secret for a key"), ("revoke", "end a key")):
        commands.add_parser(command, help=text).add_argument("id", help="the part between the underscores")
    return parser


def _addresses() -> dict[str, str]:
    names = {service: f"HEED_{service.upper()}_DATABASE_URL" for service in SERVICES}
    missing = [name for name in names.values() if not os.environ.get(name)]
    if missing:
        raise SettingsError(f"{', '.join(missing)}: must be set, because a key is written to all databases")
    return {service: os.environ[name] for service, name in names.items()}


async def _run(options: argparse.Namespace, addresses: Mapping[str, str], *, now: datetime) -> Token | None:
    databases = {service: Database(url, pool_size=2) for service, url in addresses.items()}
    try:
        if options.command == "create":
            name = options.name or (ADMIN if getattr(options, "admin_file", False) else "operator")
            return await create(databases, name=name, scopes=options.scopes or SCOPES, now=now)
        if options.command == "rotate":
            return await rotate(databases, options.id)
        await revoke(databases, options.id, now=now)
        return None
    finally:
        for database in databases.values():
            await database.close()


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
