"""HTTP API of imports of complaints."""

from functools import partial
from typing import Annotated
from uuid import UUID

from fastapi import Header, Query, Request, Response

from heed_common import http
from heed_common.cursors import Int4
from heed_common.files.media_types import FILE_REQUEST_BODY
from heed_common.http import DbSession, Now, requires
from heed_common.http.uploads import receive_upload
from heed_common.imports.options import HEADER, parse_mapping
from heed_common.imports.schemas import RejectedLineOut
from heed_common.paging import Page, PageQuery, paginate
from heed_complaint.intake.imports import service
from heed_complaint.intake.imports.lines.columns import COLUMNS, NOT_IN_CSV
from heed_complaint.intake.imports.results import ComplaintConflict
from heed_complaint.intake.imports.schemas import ComplaintImportOut

router = http.router(prefix="/v1/imports/complaints", tags=["imports"])

Conflict = Annotated[
    ComplaintConflict,
    Query(
        description=(
            "How to treat a line whose external_id is stored with other content. `reject`: the line is rejected with"
            " `external_id_conflict`. `keep`: it is skipped. What happened to a complaint is never rewritten."
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
            'JSON object, such as `{"mapping": {"Ticket ID": "external_id", "Group": null}}`: the field of each column'
            " that has another name; null for a column to ignore. Capitals, blanks and hyphens make no difference."
        ),
    ),
]


@router.post(
    "",
    status_code=202,
    response_model=ComplaintImportOut,
    openapi_extra=FILE_REQUEST_BODY,
    dependencies=[requires("complaints:write")],
)
async def import_complaints(
    request: Request,
    response: Response,
    session: DbSession,
    now: Now,
    on_conflict: Conflict = ComplaintConflict.REJECT,
    *,
    dry_run: DryRun = False,
    options: OptionsHeader = None,
) -> ComplaintImportOut | Response:
    """Import complaints of another system with their histories, a line each.

    NDJSON has a complaint as in a single call with `transitions` and `messages`, each with its moment `at`; CSV has a
    column for each field and for the usual moments (`accepted_at`, `completed_at`, …). Reports, queue and deadlines are
    as if the complaints had been handled here. Nothing of the past is sent or published again: each complaint
    publishes `complaint.imported` alone. A file waits a minute at most for customers whose events are on the way.
    422 `header_refused`, `encoding_unknown`, `encoding_broken`.
    """
    mapping = parse_mapping(options, allowed=COLUMNS.allowed | NOT_IN_CSV)
    received = await receive_upload(
        request,
        session,
        store=partial(service.receive_file, options=service.Options(on_conflict, dry_run, mapping)),
        discard=lambda stored: service.discard_import(session, import_id=stored[0]),
    )
    if isinstance(received, Response):
        return received
    import_id, layout = received
    row = await service.complete_import(session, import_id=import_id, layout=layout, now=now)
    response.headers["Location"] = f"/v1/imports/complaints/{row.id}"
    return ComplaintImportOut.from_row(row, now=now)


@router.get("/{import_id}", dependencies=[requires("complaints:read")])
async def get_complaint_import(import_id: UUID, session: DbSession, now: Now) -> ComplaintImportOut:
    """Return the progress of an import. 404 `import_not_found`."""
    return ComplaintImportOut.from_row(await service.get_import(session, import_id=import_id), now=now)


@router.get("/{import_id}/errors", dependencies=[requires("complaints:read")])
async def list_complaint_import_errors(import_id: UUID, session: DbSession, page: PageQuery) -> Page[RejectedLineOut]:
    """List the rejected lines of an import with the reasons. 404 `import_not_found`."""
    (after,) = page.after(Int4) or (None,)
    await service.get_import(session, import_id=import_id)
    problems = await service.list_problems(session, import_id=import_id, after=after, limit=page.fetch_limit)
    shown, next_cursor = paginate(problems, page, key=lambda problem: (problem.id,))
    return Page(items=page.show(shown, RejectedLineOut.model_validate), next_cursor=next_cursor)
