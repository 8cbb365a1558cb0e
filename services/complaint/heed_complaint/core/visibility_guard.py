"""Guard of confidential complaints: a caller without the scope finds none by path, in a body or in a list."""

import re
from collections.abc import Collection
from typing import Annotated
from uuid import UUID

from fastapi import Depends, FastAPI, Request
from pydantic import TypeAdapter, ValidationError
from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.auth import scopes
from heed_common.auth.scopes import Caller, ScopeMissing
from heed_common.errors import ExternalIdConflict
from heed_common.http import DbSession, guards_of
from heed_complaint.core.errors import ComplaintNotFound
from heed_complaint.core.tables import Complaint
from heed_complaint.core.visibility import any_is_confidential

SEE, CHANGE = "complaints:confidential:read", "complaints:confidential:write"
READS = frozenset({"GET", "HEAD"})
NAME = "complaint_id"
"""Name of the path parameter in every path below a complaint."""
ID = TypeAdapter(UUID)
COMPLAINT = re.compile(r"/v1/complaints/(?P<id>[^/]+)")


def install(app: FastAPI) -> None:
    """Guard every route that is included after this call, so that none can be forgotten.

    The guard runs before the body is read and again in the request's own transaction, because the complaint may have
    become confidential while the body arrived.
    """
    guards = guards_of(app)
    guards.of_requests.append(_guard)
    guards.of_replays.append(_guard_replay)
    app.router.dependencies.append(Depends(_guard_in_transaction))


async def sees_confidential(caller: Annotated[Caller, Depends(scopes.authenticate)]) -> bool:
    return caller.may(SEE)


SeesConfidential = Annotated[bool, Depends(sees_confidential)]
"""For endpoints that list: the argument of `visible`."""


async def refuse_hidden(session: AsyncSession, caller: Caller, complaint_ids: Collection[UUID]) -> None:
    """Raise `ComplaintNotFound` or `ScopeMissing` for complaints that a body names and the request changes."""
    if caller.may(CHANGE) or not await any_is_confidential(session, complaint_ids):
        return
    if not caller.may(SEE):
        raise ComplaintNotFound
    raise ScopeMissing(CHANGE)


def forbid_replay_of_hidden(caller: Caller, complaint: Complaint) -> None:
    """Raise `ExternalIdConflict` if a retry of an opening would show a complaint that is confidential by now."""
    if complaint.confidential and not caller.may(SEE):
        raise ExternalIdConflict


async def _guard_in_transaction(request: Request, session: DbSession) -> None:
    await _guard(request, session)


async def _guard(request: Request, session: AsyncSession) -> None:
    complaint_id = _id(request.path_params.get(NAME))
    if complaint_id is None:
        return
    caller = await scopes.authenticate(request)
    if request.method not in READS:
        await refuse_hidden(session, caller, [complaint_id])
    elif not caller.may(SEE) and await any_is_confidential(session, [complaint_id]):
        raise ComplaintNotFound


async def _guard_replay(request: Request, session: AsyncSession, location: str | None) -> None:
    """Check the complaint of a stored response, which may have become confidential since then."""
    match = COMPLAINT.match(location or "")
    complaint_id = _id(match["id"]) if match else None
    if complaint_id is None:
        return
    caller = await scopes.authenticate(request)
    if not caller.may(SEE) and await any_is_confidential(session, [complaint_id]):
        raise ComplaintNotFound


def _id(name: object) -> UUID | None:
    """Read as the endpoint will read it; what is no id is refused there."""
    try:
        return ID.validate_python(name)
    except ValidationError:
        return None
