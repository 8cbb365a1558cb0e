"""What requests leave in the audit trail: each write of a caller, reads of what is sensitive, and files of lists."""

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from heed_common.audit import pending
from heed_common.audit.entries import Entry, action_of, created_id, ids_in_path
from heed_common.auth.scopes import Caller
from heed_common.http.keyed import REPLAYED, is_anonymous
from heed_common.resources import Resources
from heed_common.route_template import route_template

READS = frozenset({"GET", "HEAD", "OPTIONS"})


async def record_request(request: Request, response: Response) -> None:
    """Record a request that succeeded, in its own transaction if that is still open.

    Not recorded are replayed responses, requests of people without an account, dry runs, and anonymous responses to
    surveys, which an entry would tie to a moment and a caller.
    """
    caller: Caller | None = getattr(request.state, "caller", None)
    if caller is None or not _is_done(response) or _is_dry_run(request) or is_anonymous(request):
        return
    session = getattr(request.state, "session", None)
    if request.method in READS:
        if isinstance(response, StreamingResponse) and "file_format" in request.path_params:
            await _record_file(request, caller)
            return
        if session is None or not pending.is_recorded_read(session):
            return
    if session is not None:
        pending.record(session, _to_entry(request, caller, response))


async def _record_file(request: Request, caller: Caller) -> None:
    """Record that a file of a list was requested, before its first byte is sent: it has a transaction for each page."""
    resources: Resources = request.app.state.resources
    entry = _to_entry(request, caller, Response())
    async with resources.database.transaction(wakes_jobs=False) as session:
        pending.record(session, entry)


def _to_entry(request: Request, caller: Caller, response: Response) -> Entry:
    path = request.scope["path"]
    ids = ids_in_path(path)
    created = created_id(response.status_code, bytes(response.body)) if hasattr(response, "body") else None
    return Entry(
        request.app.state.resources.clock.now(),
        caller.id,
        action_of(request.method, route_template(request.scope), path),
        response.status_code,
        ids if created is None else [*ids, created],
        service=request.app.state.audited_service,
    )


def _is_done(response: Response) -> bool:
    """Return whether the request succeeded now, and not an earlier one whose response this is."""
    return 200 <= response.status_code < 300 and REPLAYED not in response.headers


def _is_dry_run(request: Request) -> bool:
    return request.query_params.get("dry_run", "false").lower() in {"true", "1", "on", "yes", "t", "y"}
