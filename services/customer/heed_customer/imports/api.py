"""Door 1: customers and purchases by the file."""

from collections.abc import Sequence
from typing import Annotated, Literal
from uuid import UUID

from fastapi import Query, Request, Response
from starlette.requests import ClientDisconnect

from heed_common import http
from heed_common.cursors import Int4
from heed_common.http import DbSession, Now, requires
from heed_common.paging import PageQuery, paginate
from heed_common.resources import Resources
from heed_customer.errors import ImportInterrupted, MediaTypeUnsupported
from heed_customer.imports import service
from heed_customer.imports.encodings import Encoding, find_encoding
from heed_customer.imports.kinds import Format, Kind
from heed_customer.imports.schemas import FileFormat, ImportOut, Lines, ProblemOut, Results
from heed_customer.imports.upload import receive_file
from heed_customer.item_results import OnConflict
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

CustomerConflict = Annotated[
    OnConflict,
    Query(
        description=(
            "What becomes of a line whose external_id Heed has with other content. `reject`: the line is rejected with"
            " `external_id_conflict`, and what Heed has stays. `update`: the fields of the line replace what Heed has;"
            " fields that the line leaves out, and empty cells, change nothing. `keep`: the line is passed over, and"
            " what Heed has stays."
        )
    ),
]
PurchaseConflict = Annotated[
    Literal[OnConflict.REJECT, OnConflict.KEEP],
    Query(
        description=(
            "What becomes of a purchase whose external_id Heed has with other content. `reject`: its lines are rejected"
            " with `external_id_conflict`. `keep`: they are passed over. A recorded purchase never changes: what came"
            " back is a return."
        )
    ),
]


@router.post(
    "/customers",
    status_code=202,
    response_model=ImportOut,
    openapi_extra=FILE,
    dependencies=[requires("customers:write")],
)
async def import_customers(
    request: Request,
    response: Response,
    session: DbSession,
    now: Now,
    on_conflict: CustomerConflict = OnConflict.REJECT,
) -> Reply:
    """Import a file of customers, a line each: NDJSON as in a single call, or CSV whose header names the fields.

    Cells may be separated by commas, semicolons, tabs or vertical bars. UTF-8, UTF-16 and Chinese GB18030 (GBK) are
    detected; declare anything else, such as `charset=windows-1252`. `format` in the response shows what was found.
    A file that breaks its encoding is refused as a whole: 422 `encoding_unknown`, `encoding_broken`.

    Files are processed in the order of their acceptance where one may refer to the other, else in turns.
    """
    return await _receive(request, response, session, now, kind=Kind.CUSTOMERS, on_conflict=on_conflict)


@router.post(
    "/purchases",
    status_code=202,
    response_model=ImportOut,
    openapi_extra=FILE,
    dependencies=[requires("purchases:write")],
)
async def import_purchases(
    request: Request,
    response: Response,
    session: DbSession,
    now: Now,
    on_conflict: PurchaseConflict = OnConflict.REJECT,
) -> Reply:
    """Import a file of purchases: NDJSON, a purchase a line, or CSV, an article a row.

    Rows of one external_id are the lines of one purchase, wherever in the file they stand. It is recorded with all of
    them or not at all. Encodings, delimiters and the order of files are as for customers: a file of purchases waits
    for files of customers accepted before it whose customers it names.
    """
    return await _receive(request, response, session, now, kind=Kind.PURCHASES, on_conflict=on_conflict)


@router.get("/customers/{import_id}", response_model=ImportOut, dependencies=[requires("customers:read")])
async def read_customer_import(import_id: UUID, session: DbSession, page: PageQuery) -> ImportOut:
    """How far the file of customers has come, and which lines were not taken. 404 `import_not_found`."""
    return await _read(session, page, import_id=import_id, kind=Kind.CUSTOMERS)


@router.get("/purchases/{import_id}", response_model=ImportOut, dependencies=[requires("purchases:read")])
async def read_purchase_import(import_id: UUID, session: DbSession, page: PageQuery) -> ImportOut:
    """How far the file of purchases has come, and which lines were not taken. 404 `import_not_found`."""
    return await _read(session, page, import_id=import_id, kind=Kind.PURCHASES)


def file_format(content_type: str) -> tuple[Format, Encoding | None]:
    """Return what the sender declares the file to be. Raises `MediaTypeUnsupported`."""
    media_type, _, parameters = content_type.partition(";")
    found = FORMATS.get(media_type.strip().lower())
    if found is None:
        raise MediaTypeUnsupported
    charset = parameters.lower().partition("charset=")[2].partition(";")[0]
    return found, find_encoding(charset.strip(' "'))


async def _receive(
    request: Request, response: Response, session: DbSession, now: Now, *, kind: Kind, on_conflict: OnConflict
) -> Reply:
    resources: Resources = request.app.state.resources
    found, declared = file_format(request.headers.get("content-type", ""))
    try:
        import_id, layout = await receive_file(
            resources.database,
            kind=kind,
            file_format=found,
            declared=declared,
            on_conflict=on_conflict,
            pieces=request.stream(),
            clock=resources.clock,
        )
    except ClientDisconnect:
        raise ImportInterrupted from None
    first = await http.first_response(request, session)
    if first is not None:  # The same file was uploaded twice at the same time, and the other upload ended first.
        await service.drop_import(session, import_id=import_id)
        return first
    row = await service.complete_import(session, import_id=import_id, layout=layout, now=now)
    response.headers["Location"] = f"/v1/imports/{kind}/{import_id}"
    return _progress(row, errors=[], next_cursor=None)


async def _read(session: DbSession, page: PageQuery, *, import_id: UUID, kind: Kind) -> ImportOut:
    (after,) = page.after(Int4) or (None,)
    row = await service.read_import(session, import_id=import_id, kind=kind)
    problems = await service.list_problems(session, import_id=import_id, after=after, limit=page.fetch_limit)
    errors, next_cursor = paginate(problems, page, key=lambda problem: (problem.id,))
    return _progress(row, errors=errors, next_cursor=next_cursor)


def _progress(row: Import, *, errors: Sequence[ImportProblem], next_cursor: str | None) -> ImportOut:
    return ImportOut(
        id=row.id,
        kind=Kind(row.kind),
        format=FileFormat(type=Format(row.format), encoding=Encoding(row.encoding), delimiter=row.delimiter),
        on_conflict=OnConflict(row.on_conflict),
        state=row.state,
        lines=Lines(total=row.lines_total, done=row.lines_done, ok=row.lines_ok, failed=row.lines_failed),
        results=Results(
            created=row.lines_created,
            updated=row.lines_updated,
            unchanged=row.lines_unchanged,
            kept=row.lines_kept,
            rejected=row.lines_failed,
        ),
        created_at=row.created_at,
        finished_at=row.finished_at,
        errors=[ProblemOut.model_validate(problem) for problem in errors],
        next_cursor=next_cursor,
    )
