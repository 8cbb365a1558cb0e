"""Dependencies of endpoints: session, time, settings, caller, language, expected revision."""

from collections.abc import AsyncIterator
from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Header, Request, Response
from sqlalchemy.ext.asyncio import AsyncSession

from heed_common import outbox
from heed_common.auth import scopes
from heed_common.encryption import FieldCipher
from heed_common.languages import Language, preferred_language
from heed_common.resources import Resources
from heed_common.revisions import parse_if_match, parse_if_none_match
from heed_common.settings import ServiceSettings


def get_resources(request: Request) -> Resources:
    resources: Resources = request.app.state.resources
    return resources


async def open_session(request: Request) -> AsyncIterator[AsyncSession]:
    """Open one transaction for the request. With `scope="function"` it is committed before the response is sent.

    FastAPI's default scope would commit afterwards: if the commit failed, 201 would have been sent already.
    """
    opened: AsyncSession | None = getattr(request.state, "session", None)
    if opened is not None:
        yield opened
        return
    async with get_resources(request).database.transaction(wakes_jobs=request.method != "GET") as session:
        request.state.session = session
        yield session


async def now(request: Request) -> datetime:
    return get_resources(request).clock.now()


async def get_settings(request: Request) -> ServiceSettings:
    settings: ServiceSettings = request.app.state.settings
    return settings


async def get_cipher(request: Request) -> FieldCipher:
    cipher: FieldCipher = request.app.state.cipher
    return cipher


async def earliest(request: Request) -> date:
    return (await get_settings(request)).earliest


async def if_match(if_match: Annotated[str | None, Header(description="The ETag that was read.")] = None) -> int | None:
    return parse_if_match(if_match)


async def only_creates(
    if_none_match: Annotated[str | None, Header(description="`*`: only if nothing exists here yet.")] = None,
) -> bool:
    return parse_if_none_match(if_none_match)


async def negotiate_language(response: Response, accept_language: Annotated[str | None, Header()] = None) -> Language:
    """Return the language that the caller prefers, and name it in the headers of the response."""
    language = preferred_language(accept_language)
    response.headers["Content-Language"] = language
    response.headers["Vary"] = "Accept-Language"
    return language


def set_event_header(session: AsyncSession, event_id: UUID) -> None:
    """Set the event that `Heed-Event` names, for a write that repeats an earlier one: the event of the first."""
    outbox.of(session).last_event_id = event_id


DbSession = Annotated[AsyncSession, Depends(open_session, scope="function")]
Earliest = Annotated[date, Depends(earliest)]
"""The earliest day on which something may have happened."""
Now = Annotated[datetime, Depends(now)]
Caller = Annotated[scopes.Caller, Depends(scopes.authenticate)]
RequestLanguage = Annotated[Language, Depends(negotiate_language)]
IfMatch = Annotated[int | None, Depends(if_match)]
OnlyCreates = Annotated[bool, Depends(only_creates)]
"""Whether a PUT has `If-None-Match: *`."""
SettingsDep = Annotated[ServiceSettings, Depends(get_settings)]
"""Settings that all services share. A service declares `Annotated[Settings, Depends(get_settings)]` for its own."""
CipherDep = Annotated[FieldCipher, Depends(get_cipher)]
"""The cipher of personal data at rest, in services whose `create_app` sets `app.state.cipher`."""
