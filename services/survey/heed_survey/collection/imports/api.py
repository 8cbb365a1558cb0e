"""HTTP API of imports of responses."""

from functools import partial
from typing import Annotated
from uuid import UUID

from fastapi import Query, Request, Response

from heed_common import http
from heed_common.cursors import Int4
from heed_common.files.media_types import FILE_REQUEST_BODY
from heed_common.http import DbSession, Now, requires
from heed_common.http.uploads import receive_upload
from heed_common.imports.schemas import RejectedLineOut
from heed_common.paging import Page, PageQuery, paginate
from heed_survey.collection.imports import service
from heed_survey.collection.imports.schemas import ResponseImportOut

router = http.router(prefix="/v1/imports/responses", tags=["imports"])


@router.post(
    "",
    status_code=202,
    response_model=ResponseImportOut,
    openapi_extra=FILE_REQUEST_BODY,
    dependencies=[requires("responses:write")],
)
async def import_responses(
    request: Request,
    response: Response,
    session: DbSession,
    now: Now,
    survey_id: UUID,
    *,
    dry_run: Annotated[bool, Query(description="Report what the import would do, without changing anything.")] = False,
) -> ResponseImportOut | Response:
    """Import a file of responses to a survey: NDJSON as in a single call, or CSV with a column for each item.

    A pair has a column for each value (`code.expectation`), several choices are separated by `|`; `design.*`,
    `customer_id`, `external_id` and so on are as in the file of the list. Encodings and delimiters are detected.
    404 `survey_not_found`, 409 `survey_closed`, 422 `header_refused`, `encoding_unknown`, `encoding_broken`.
    """
    received = await receive_upload(
        request,
        session,
        store=partial(service.receive_file, survey_id=survey_id, dry_run=dry_run),
        discard=lambda stored: service.discard_import(session, import_id=stored.import_id),
    )
    if isinstance(received, Response):
        return received
    if received.is_anonymous:
        http.omit_content(request)
    row = await service.complete_import(session, import_id=received.import_id, layout=received.layout, now=now)
    response.headers["Location"] = f"/v1/imports/responses/{row.id}"
    return ResponseImportOut.from_row(row)


@router.get("/{import_id}", dependencies=[requires("responses:read")])
async def get_response_import(import_id: UUID, session: DbSession) -> ResponseImportOut:
    """Return the progress of an import. 404 `import_not_found`."""
    return ResponseImportOut.from_row(await service.get_import(session, import_id=import_id))


@router.get("/{import_id}/errors", dependencies=[requires("responses:read")])
async def list_response_import_errors(import_id: UUID, session: DbSession, page: PageQuery) -> Page[RejectedLineOut]:
    """List the rejected lines of an import with the reasons. 404 `import_not_found`."""
    (after,) = page.after(Int4) or (None,)
    await service.get_import(session, import_id=import_id)
    problems = await service.list_problems(session, import_id=import_id, after=after, limit=page.fetch_limit)
    shown, next_cursor = paginate(problems, page, key=lambda problem: (problem.id,))
    return Page(items=page.show(shown, RejectedLineOut.model_validate), next_cursor=next_cursor)
