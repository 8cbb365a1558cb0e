"""Door 1: customers and purchases by the file."""

from collections.abc import Sequence
from uuid import UUID

from fastapi import Request, Response
from starlette.requests import ClientDisconnect

from heed_common import http
from heed_common.cursors import Int4
from heed_common.http import DbSession, Now, requires
from heed_common.paging import PageQuery, cut
from heed_common.resources import Resources
from heed_customer.errors import ImportInterrupted, MediaTypeUnsupported
from heed_customer.imports import service
from heed_customer.imports.receiving import receive_file
from heed_customer.imports.rules import Format, Kind
from heed_customer.imports.schemas import ImportOut, Lines, ProblemOut
from heed_customer.tables import Import, ImportProblem

router = http.router(prefix="/v1/imports", tags=["imports"])

FORMATS = {
    "application/x-ndjson": Format.NDJSON,
    "application/ndjson": Format.NDJSON,
    "application/jsonl": Format.NDJSON,
    "text/csv": Format.CSV,
}

Reply = ImportOut | Response
"""The import, or the stored response to the same file."""

FILE = {
    "requestBody": {
        "required": True,
        "content": {
            media_type: {"schema": {"type": "string", "format": "binary"}}
            for media_type in ("application/x-ndjson", "text/csv")
        },
    }
}


@router.post(
    "/customers",
    status_code=202,
    response_model=ImportOut,
    openapi_extra=FILE,
    dependencies=[requires("customers:write")],
)
async def import_customers(request: Request, response: Response, session: DbSession, now: Now) -> Reply:
    """A file of customers, a line each: NDJSON as in a single call, or CSV whose header names the fields."""
    return await _receive(request, response, session, now, kind=Kind.CUSTOMERS)


@router.post(
    "/purchases",
    status_code=202,
    response_model=ImportOut,
    openapi_extra=FILE,
    dependencies=[requires("purchases:write")],
)
async def import_purchases(request: Request, response: Response, session: DbSession, now: Now) -> Reply:
    """A file of purchases: NDJSON, a purchase a line, or CSV, an article a row.

    Rows of one external_id that follow one another are the lines of one purchase.
    """
    return await _receive(request, response, session, now, kind=Kind.PURCHASES)


@router.get("/customers/{import_id}", response_model=ImportOut, dependencies=[requires("customers:read")])
async def read_customer_import(import_id: UUID, session: DbSession, page: PageQuery) -> ImportOut:
    """How far the file of customers has come, and which lines were not taken. 404 `import_not_found`."""
    return await _read(session, page, import_id=import_id, kind=Kind.CUSTOMERS)


@router.get("/purchases/{import_id}", response_model=ImportOut, dependencies=[requires("purchases:read")])
async def read_purchase_import(import_id: UUID, session: DbSession, page: PageQuery) -> ImportOut:
    """How far the file of purchases has come, and which lines were not taken. 404 `import_not_found`."""
    return await _read(session, page, import_id=import_id, kind=Kind.PURCHASES)


def file_format(content_type: str) -> Format:
    """What the file is, by the word of its sender."""
    media_type, _, parameters = content_type.partition(";")
    found = FORMATS.get(media_type.strip().lower())
    charset = parameters.partition("charset=")[2].strip(' "').lower()
    if found is None or charset not in ("", "utf-8", "utf8"):
        raise MediaTypeUnsupported
    return found


async def _receive(request: Request, response: Response, session: DbSession, now: Now, *, kind: Kind) -> Reply:
    resources: Resources = request.app.state.resources
    found = file_format(request.headers.get("content-type", ""))
    try:
        import_id = await receive_file(
            resources.database, kind=kind, file_format=found, pieces=request.stream(), clock=resources.clock
        )
    except ClientDisconnect:
        raise ImportInterrupted from None
    first = await http.first_response(request, session)
    if first is not None:  # The same file was uploaded twice at the same time, and the other upload ended first.
        await service.drop_import(session, import_id=import_id)
        return first
    row = await service.complete_import(session, import_id=import_id, now=now)
    response.headers["Location"] = f"/v1/imports/{kind}/{import_id}"
    return _progress(row, errors=[], next_cursor=None)


async def _read(session: DbSession, page: PageQuery, *, import_id: UUID, kind: Kind) -> ImportOut:
    (after,) = page.after(Int4) or (None,)
    row = await service.read_import(session, import_id=import_id, kind=kind)
    problems = await service.list_problems(session, import_id=import_id, after=after, limit=page.fetch)
    errors, next_cursor = cut(problems, page, key=lambda problem: (problem.id,))
    return _progress(row, errors=errors, next_cursor=next_cursor)


def _progress(row: Import, *, errors: Sequence[ImportProblem], next_cursor: str | None) -> ImportOut:
    return ImportOut(
        id=row.id,
        kind=Kind(row.kind),
        format=Format(row.format),
        state=row.state,
        lines=Lines(total=row.lines_total, done=row.lines_done, ok=row.lines_ok, failed=row.lines_failed),
        created_at=row.created_at,
        finished_at=row.finished_at,
        errors=[ProblemOut.model_validate(problem) for problem in errors],
        next_cursor=next_cursor,
    )
