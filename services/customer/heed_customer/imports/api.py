"""HTTP API of imports."""

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
from heed_customer.imports import service
from heed_customer.imports.errors import ImportInterrupted
from heed_customer.imports.formats.encodings import Encoding, find_encoding
from heed_customer.imports.formats.errors import MediaTypeUnsupported
from heed_customer.imports.formats.kinds import FileType, ImportKind
from heed_customer.imports.schemas import FileFormat, ImportOut, Lines, ProblemOut, Results
from heed_customer.imports.tables import Import, ImportProblem
from heed_customer.imports.upload import receive_file
from heed_customer.item_results import OnConflict

router = http.router(prefix="/v1/imports", tags=["imports"])

FILE_TYPES = {
    "application/x-ndjson": FileType.NDJSON,
    "application/ndjson": FileType.NDJSON,
    "application/jsonl": FileType.NDJSON,
    "text/csv": FileType.CSV,
}

ImportResponse = ImportOut | Response
"""The import, or the stored response to an upload of the same file."""

FILE_REQUEST_BODY = {
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
            "How to treat a line whose external_id is stored with other content. `reject`: the line is rejected with"
            " `external_id_conflict`. `update`: the fields of the line replace the stored ones; fields that the line"
            " omits, and empty cells, change nothing. `keep`: the line is skipped."
        )
    ),
]
PurchaseConflict = Annotated[
    Literal[OnConflict.REJECT, OnConflict.KEEP],
    Query(
        description=(
            "How to treat a purchase whose external_id is stored with other content. `reject`: its lines are rejected"
            " with `external_id_conflict`. `keep`: they are skipped. A recorded purchase never changes: record a return"
            " for articles that come back."
        )
    ),
]


@router.post(
    "/customers",
    status_code=202,
    response_model=ImportOut,
    openapi_extra=FILE_REQUEST_BODY,
    dependencies=[requires("customers:write")],
)
async def import_customers(
    request: Request,
    response: Response,
    session: DbSession,
    now: Now,
    on_conflict: CustomerConflict = OnConflict.REJECT,
) -> ImportResponse:
    """Import a file of customers, a line each: NDJSON as in a single call, or CSV whose header names the fields.

    Cells may be separated by commas, semicolons, tabs or vertical bars. UTF-8, UTF-16 and Chinese GB18030 (GBK) are
    detected; declare anything else, such as `charset=windows-1252`. `format` in the response shows the detected format.
    A file with bytes outside its encoding is rejected completely: 422 `encoding_unknown`, `encoding_broken`.

    Files are processed in the order of their acceptance where one may refer to the other, otherwise in turns.
    """
    return await _receive(request, response, session, now, kind=ImportKind.CUSTOMERS, on_conflict=on_conflict)


@router.post(
    "/purchases",
    status_code=202,
    response_model=ImportOut,
    openapi_extra=FILE_REQUEST_BODY,
    dependencies=[requires("purchases:write")],
)
async def import_purchases(
    request: Request,
    response: Response,
    session: DbSession,
    now: Now,
    on_conflict: PurchaseConflict = OnConflict.REJECT,
) -> ImportResponse:
    """Import a file of purchases: NDJSON, a purchase a line, or CSV, an article a row.

    Rows of one external_id are the lines of one purchase, wherever in the file they are. It is recorded with all of
    them or not at all. Encodings, delimiters and the order of files are as for customers: a file of purchases waits
    for files of customers accepted before it whose customers it refers to.
    """
    return await _receive(request, response, session, now, kind=ImportKind.PURCHASES, on_conflict=on_conflict)


@router.get("/customers/{import_id}", response_model=ImportOut, dependencies=[requires("customers:read")])
async def get_customer_import(import_id: UUID, session: DbSession, page: PageQuery) -> ImportOut:
    """Return the progress of an import of customers and its rejected lines. 404 `import_not_found`."""
    return await _get(session, page, import_id=import_id, kind=ImportKind.CUSTOMERS)


@router.get("/purchases/{import_id}", response_model=ImportOut, dependencies=[requires("purchases:read")])
async def get_purchase_import(import_id: UUID, session: DbSession, page: PageQuery) -> ImportOut:
    """Return the progress of an import of purchases and its rejected lines. 404 `import_not_found`."""
    return await _get(session, page, import_id=import_id, kind=ImportKind.PURCHASES)


def parse_content_type(content_type: str) -> tuple[FileType, Encoding | None]:
    """Return the declared file type and encoding. Raises `MediaTypeUnsupported`."""
    media_type, _, parameters = content_type.partition(";")
    file_type = FILE_TYPES.get(media_type.strip().lower())
    if file_type is None:
        raise MediaTypeUnsupported
    charset = parameters.lower().partition("charset=")[2].partition(";")[0]
    return file_type, find_encoding(charset.strip(' "'))


async def _receive(
    request: Request, response: Response, session: DbSession, now: Now, *, kind: ImportKind, on_conflict: OnConflict
) -> ImportResponse:
    resources: Resources = request.app.state.resources
    file_type, declared = parse_content_type(request.headers.get("content-type", ""))
    try:
        import_id, layout = await receive_file(
            resources.database,
            kind=kind,
            file_type=file_type,
            declared=declared,
            on_conflict=on_conflict,
            pieces=request.stream(),
            clock=resources.clock,
        )
    except ClientDisconnect:
        raise ImportInterrupted from None
    first = await http.first_response(request, session)
    if first is not None:  # The same file was uploaded twice at once, and the other upload ended first.
        await service.discard_import(session, import_id=import_id)
        return first
    row = await service.complete_import(session, import_id=import_id, layout=layout, now=now)
    response.headers["Location"] = f"/v1/imports/{kind}/{import_id}"
    return _to_response(row, errors=[], next_cursor=None)


async def _get(session: DbSession, page: PageQuery, *, import_id: UUID, kind: ImportKind) -> ImportOut:
    (after,) = page.after(Int4) or (None,)
    row = await service.get_import(session, import_id=import_id, kind=kind)
    problems = await service.list_problems(session, import_id=import_id, after=after, limit=page.fetch_limit)
    errors, next_cursor = paginate(problems, page, key=lambda problem: (problem.id,))
    return _to_response(row, errors=errors, next_cursor=next_cursor)


def _to_response(row: Import, *, errors: Sequence[ImportProblem], next_cursor: str | None) -> ImportOut:
    return ImportOut(
        id=row.id,
        kind=ImportKind(row.kind),
        format=FileFormat(type=FileType(row.format), encoding=Encoding(row.encoding), delimiter=row.delimiter),
        on_conflict=OnConflict(row.on_conflict),
        state=row.state,
        lines=Lines(total=row.lines_total, done=row.lines_done, ok=row.lines_accepted, failed=row.lines_failed),
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
