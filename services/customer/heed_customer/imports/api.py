"""HTTP API of imports."""

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import Annotated, Literal
from uuid import UUID

from fastapi import Header, Query, Request, Response

from heed_common import http
from heed_common.cursors import Int4
from heed_common.files.encodings import Encoding
from heed_common.files.media_types import FILE_REQUEST_BODY, FileType
from heed_common.http import DbSession, Now, requires
from heed_common.http.uploads import receive_upload
from heed_common.imports.options import HEADER, parse_mapping, remaining_seconds
from heed_common.imports.schemas import FileFormat, Lines, RejectedLineOut
from heed_common.paging import Page, PageQuery, paginate
from heed_customer.imports import service
from heed_customer.imports.formats.headers import COLUMNS
from heed_customer.imports.formats.kinds import ImportKind
from heed_customer.imports.rules import ImportOptions
from heed_customer.imports.schemas import ImportOut, ImportResults
from heed_customer.imports.tables import Import, ImportProblem
from heed_customer.imports.upload import receive_file
from heed_customer.item_results import OnConflict

router = http.router(prefix="/v1/imports", tags=["imports"])

ImportResponse = ImportOut | Response
"""The import, or the stored response to an upload of the same file."""

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
DryRun = Annotated[
    bool, Query(description="Report what the import would do, line by line, without changing or publishing anything.")
]
OptionsHeader = Annotated[
    str | None,
    Header(
        alias=HEADER,
        description=(
            'JSON object, such as `{"mapping": {"Customer No.": "external_id", "Remarks": null}}`: the field of each'
            " column that has another name; null for a column to ignore. Capitals, blanks and hyphens make no"
            " difference."
        ),
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
    *,
    dry_run: DryRun = False,
    options: OptionsHeader = None,
) -> ImportResponse:
    """Import a file of customers, a line each: NDJSON as in a single call, or CSV whose header names the fields.

    Cells may be separated by commas, semicolons, tabs or vertical bars. UTF-8, UTF-16 and Chinese GB18030 (GBK) are
    detected; declare anything else, such as `charset=windows-1252`. `format` in the response shows the detected format.
    A file with bytes outside its encoding is rejected completely: 422 `encoding_unknown`, `encoding_broken`.

    Files are processed in the order of their acceptance where one may refer to the other, otherwise in turns.
    """
    mapping = parse_mapping(options, allowed=COLUMNS[ImportKind.CUSTOMERS].allowed)
    chosen = ImportOptions(on_conflict, dry_run, mapping)
    return await _receive(request, response, session, now, kind=ImportKind.CUSTOMERS, options=chosen)


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
    *,
    dry_run: DryRun = False,
    options: OptionsHeader = None,
) -> ImportResponse:
    """Import a file of purchases: NDJSON, a purchase a line, or CSV, an article a row.

    Rows of one external_id are the lines of one purchase, wherever in the file they are. It is recorded with all of
    them or not at all. Encodings, delimiters and the order of files are as for customers: a file of purchases waits
    for files of customers accepted before it whose customers it refers to.
    """
    mapping = parse_mapping(options, allowed=COLUMNS[ImportKind.PURCHASES].allowed)
    chosen = ImportOptions(on_conflict, dry_run, mapping)
    return await _receive(request, response, session, now, kind=ImportKind.PURCHASES, options=chosen)


@router.get("/customers/{import_id}", response_model=ImportOut, dependencies=[requires("customers:read")])
async def get_customer_import(import_id: UUID, session: DbSession, page: PageQuery, now: Now) -> ImportOut:
    """Return the progress of an import of customers and its rejected lines. 404 `import_not_found`."""
    return await _get(session, page, import_id=import_id, kind=ImportKind.CUSTOMERS, now=now)


@router.get("/purchases/{import_id}", response_model=ImportOut, dependencies=[requires("purchases:read")])
async def get_purchase_import(import_id: UUID, session: DbSession, page: PageQuery, now: Now) -> ImportOut:
    """Return the progress of an import of purchases and its rejected lines. 404 `import_not_found`."""
    return await _get(session, page, import_id=import_id, kind=ImportKind.PURCHASES, now=now)


@router.get("/customers/{import_id}/errors", dependencies=[requires("customers:read")])
async def list_customer_import_errors(import_id: UUID, session: DbSession, page: PageQuery) -> Page[RejectedLineOut]:
    """List the rejected lines of an import of customers with the reasons. 404 `import_not_found`."""
    return await _list_errors(session, page, import_id=import_id, kind=ImportKind.CUSTOMERS)


@router.get("/purchases/{import_id}/errors", dependencies=[requires("purchases:read")])
async def list_purchase_import_errors(import_id: UUID, session: DbSession, page: PageQuery) -> Page[RejectedLineOut]:
    """List the rejected lines of an import of purchases with the reasons. 404 `import_not_found`."""
    return await _list_errors(session, page, import_id=import_id, kind=ImportKind.PURCHASES)


async def _receive(
    request: Request, response: Response, session: DbSession, now: Now, *, kind: ImportKind, options: ImportOptions
) -> ImportResponse:
    received = await receive_upload(
        request,
        session,
        store=partial(receive_file, kind=kind, options=options),
        discard=lambda stored: service.discard_import(session, import_id=stored[0]),
    )
    if isinstance(received, Response):
        return received
    import_id, layout = received
    row = await service.complete_import(session, import_id=import_id, layout=layout, now=now)
    response.headers["Location"] = f"/v1/imports/{kind}/{import_id}"
    return _to_response(row, errors=[], next_cursor=None, now=now)


async def _get(session: DbSession, page: PageQuery, *, import_id: UUID, kind: ImportKind, now: datetime) -> ImportOut:
    row, errors, next_cursor = await _get_with_errors(session, page, import_id=import_id, kind=kind)
    return _to_response(row, errors=errors, next_cursor=next_cursor, now=now)


async def _list_errors(
    session: DbSession, page: PageQuery, *, import_id: UUID, kind: ImportKind
) -> Page[RejectedLineOut]:
    _, errors, next_cursor = await _get_with_errors(session, page, import_id=import_id, kind=kind)
    return Page(items=page.show(errors, RejectedLineOut.model_validate), next_cursor=next_cursor)


async def _get_with_errors(
    session: DbSession, page: PageQuery, *, import_id: UUID, kind: ImportKind
) -> tuple[Import, list[ImportProblem], str | None]:
    (after,) = page.after(Int4) or (None,)
    row = await service.get_import(session, import_id=import_id, kind=kind)
    problems = await service.list_problems(session, import_id=import_id, after=after, limit=page.fetch_limit)
    return row, *paginate(problems, page, key=lambda problem: (problem.id,))


def _remaining_seconds(row: Import, now: datetime) -> int | None:
    if row.finished_at is not None:
        return None
    return remaining_seconds(started_at=row.started_at, done=row.lines_done, total=row.lines_total, now=now)


def _to_response(row: Import, *, errors: Sequence[ImportProblem], next_cursor: str | None, now: datetime) -> ImportOut:
    return ImportOut(
        id=row.id,
        kind=ImportKind(row.kind),
        format=FileFormat(type=FileType(row.format), encoding=Encoding(row.encoding), delimiter=row.delimiter),
        on_conflict=OnConflict(row.on_conflict),
        dry_run=row.dry_run,
        state=row.state,
        lines=Lines(total=row.lines_total, done=row.lines_done, ok=row.lines_accepted, failed=row.lines_failed),
        results=ImportResults(
            created=row.lines_created,
            updated=row.lines_updated,
            unchanged=row.lines_unchanged,
            kept=row.lines_kept,
            rejected=row.lines_failed,
        ),
        created_at=row.created_at,
        started_at=row.started_at,
        finished_at=row.finished_at,
        remaining_seconds=_remaining_seconds(row, now),
        errors=[RejectedLineOut.model_validate(problem) for problem in errors],
        next_cursor=next_cursor,
    )
