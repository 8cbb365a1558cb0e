"""`heed token create | rotate | revoke`: one key opens all services, so it is written to all of their databases."""

from collections.abc import Awaitable, Callable, Collection, Mapping
from datetime import datetime
from typing import TypeVar

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from heed_common import api_keys
from heed_common.api_keys import Token
from heed_common.auth import SCOPES
from heed_common.database import Database
from heed_common.errors import NotFound, Unavailable, Unprocessable

Result = TypeVar("Result")
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
