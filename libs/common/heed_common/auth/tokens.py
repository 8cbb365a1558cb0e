"""`heed token create | rotate | revoke`: keys are valid for all services and stored in each database."""

import argparse
import asyncio
import sys
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path

from heed_common.auth import api_keys, key_file
from heed_common.auth.api_keys import KeyState, Token
from heed_common.auth.scopes import SCOPES
from heed_common.clock import SystemClock
from heed_common.database import Database
from heed_common.errors import HeedError, Unprocessable
from heed_common.keys import service
from heed_common.keys.rules import Grantor, NewKey
from heed_common.keys.transactions import Databases, lock_everywhere
from heed_common.settings import SettingsError, read_all_database_urls

REFUSED = 2
ADMIN = "admin.token"
"""Name of the key in the owner's file."""
SERVICES = ("customer", "complaint", "survey", "scoring")
OPERATOR = Grantor("operator", SCOPES)
"""Who has the databases may create any key."""


class ScopeUnknown(Unprocessable):
    code = "scope_unknown"
    advice = "Choose from the scopes listed in the reference."


async def create(databases: Databases, *, name: str, scopes: Collection[str], now: datetime) -> Token:
    """Create a key. The returned token is shown once and not stored."""
    unknown = sorted(set(scopes) - SCOPES)
    if unknown:
        raise ScopeUnknown(f"No such scope: {', '.join(unknown)}. There are: {', '.join(sorted(SCOPES))}.")
    new = NewKey(name, frozenset(scopes))
    return (await service.create_key(databases, new, grantor=OPERATOR, now=now)).token


async def ensure(databases: Databases, token: Token, *, name: str, scopes: Collection[str], now: datetime) -> KeyState:
    """Add an existing key, such as the embedded mode's admin.token, to databases that lack it.

    Revocations are final: a key that one database has as revoked or replaced is added to no other.
    """
    async with lock_everywhere(databases) as transactions:
        service.require_all(transactions)
        states = [await api_keys.key_state(session, token) for session in transactions.sessions.values()]
        ended = next((state for state in (KeyState.REVOKED, KeyState.REPLACED) if state in states), None)
        for session in () if ended is not None else transactions.sessions.values():
            await api_keys.add_key(session, token, name=name, scopes=scopes, now=now)
            # A newer version may have scopes that the key was created without; no command removes a scope.
            await api_keys.add_scopes(session, token, scopes, now=now)
    service.require_all(transactions)
    return ended or KeyState.GOOD


async def rotate(databases: Databases, id_: str, *, overlap: timedelta = timedelta(0), now: datetime) -> Token:
    """Give the key another secret; the former one is invalid after the overlap. Raises `KeyNotFound`, `KeyEnded`."""
    return (await service.rotate_key(databases, id_, overlap=overlap, grantor=OPERATOR, now=now)).token


async def revoke(databases: Databases, id_: str, *, now: datetime) -> None:
    """Revoke the key, even the last one that manages keys: this command creates others. Raises `KeyNotFound`."""
    await service.revoke_key(databases, id_, grantor=OPERATOR, now=now, may_lock_out=True)


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
    return bool(options.admin_file) if options.command == "create" else key_file.has_key(file, token.id)


def _parser(file: Path | None) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="heed token" if file else "python -m heed_common.auth.tokens")
    commands = parser.add_subparsers(dest="command", required=True)
    made = commands.add_parser("create", help="print a new key; it is shown this once")
    made.add_argument("--name", default=None, help="name of the key, for example its holder")
    made.add_argument("--scope", action="append", default=[], dest="scopes", help="repeat it; without one: all scopes")
    if file:
        made.add_argument("--admin-file", action="store_true", help=f"write it to {file}, replacing the old one")
    rotated = commands.add_parser("rotate", help="print a new secret for a key")
    text = "how long the former secret is accepted, too; at most 720, by default it is not"
    rotated.add_argument("--overlap-hours", type=int, default=0, choices=range(721), metavar="HOURS", help=text)
    for command in (rotated, commands.add_parser("revoke", help="end a key")):
        command.add_argument("id", help="the part between the underscores")
    return parser


def _addresses() -> dict[str, str]:
    return read_all_database_urls(SERVICES, reason="a key is written to all databases")


async def _run(options: argparse.Namespace, addresses: Mapping[str, str], *, now: datetime) -> Token | None:
    databases = {service: Database(url, pool_size=2) for service, url in addresses.items()}
    try:
        if options.command == "create":
            name = options.name or (ADMIN if getattr(options, "admin_file", False) else "operator")
            return await create(databases, name=name, scopes=options.scopes or SCOPES, now=now)
        if options.command == "rotate":
            return await rotate(databases, options.id, overlap=timedelta(hours=options.overlap_hours), now=now)
        await revoke(databases, options.id, now=now)
        return None
    finally:
        for database in databases.values():
            await database.close()


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
