"""HTTP API of scores and their history."""

import re
from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import Depends, Header, Query, Request, Response

from heed_common import http
from heed_common.fields import Moment
from heed_common.http import DbSession, Now, RequestLanguage, requires
from heed_common.http.filters import ANY_OF, MAX_VALUES, AnyOf, CustomerIds
from heed_common.paging import Page, PageQuery, paginate
from heed_scoring.explain.labels import with_labels
from heed_scoring.explain.render import render
from heed_scoring.models.versions.interval import NOT_STORED, with_intervals
from heed_scoring.scores import repository, service
from heed_scoring.scores.confidentiality import service as confidentiality
from heed_scoring.scores.confidentiality.auth import MayReadConfidential
from heed_scoring.scores.errors import NoScoreThen
from heed_scoring.scores.read_your_writes import EventWaiters
from heed_scoring.scores.rules import ScoreFilter
from heed_scoring.scores.schemas import ScoreOut, ScoreSummary

DEFAULT_WAIT_SECONDS = 5
MAX_WAIT_SECONDS = 30

Tier = Literal["A", "B", "C", "D"]
Band = Literal["low", "elevated", "high", "critical"]
Stage = Literal["exploration", "formation", "stability", "decline"]
LoyaltyClasses = Annotated[
    tuple[Literal["true", "latent", "spurious", "none"], ...],
    Query(alias="class", max_length=MAX_VALUES, description=f"Class of the loyalty. {ANY_OF}"),
]

router = http.router(prefix="/v1")


async def wait_for_event(
    request: Request,
    after: Annotated[UUID | None, Query(description="An event that the score must know, from `Heed-Event`.")] = None,
    prefer: Annotated[str, Header(description="`wait=N`: how many seconds to wait for it, at most 30.")] = "",
) -> None:
    """Wait for the event; the caller's transaction begins after it."""
    if after is not None:
        wait = re.search(r"\bwait=(\d{1,4})\b", prefer)
        seconds = min(int(wait[1]), MAX_WAIT_SECONDS) if wait else DEFAULT_WAIT_SECONDS
        waiters: EventWaiters = request.app.state.waiters
        await waiters.wait_for(after, seconds=seconds)


@router.get(
    "/scores/{customer_id}",
    response_model=ScoreOut,
    tags=["scores"],
    dependencies=[requires("scores:read"), Depends(wait_for_event, scope="function")],
)
async def get_score(
    customer_id: UUID,
    session: DbSession,
    now: Now,
    language: RequestLanguage,
    confidential: MayReadConfidential,
    response: Response,
    as_of: Moment | None = None,
) -> dict[str, Any]:
    """Return the score of now, or of a past moment; for a merged customer the survivor's, at `Content-Location`.

    With `after` it includes that event. Without `complaints:confidential:read` the effect of a confidential complaint
    is shown as the factor `other`, without any detail that reveals it.

    503 `score_not_current`, 409 `event_dead_lettered`, 404 `no_score_then`, 422 `future_moment`.
    """
    document = await service.score_with_intervals(session, customer_id=customer_id, at=as_of, now=now)
    set_survivor_location(response, UUID(document["customer_id"]), requested=customer_id)
    (shown,) = await confidentiality.visible_documents(session, [document], confidential=confidential)
    return render(shown, language)


@router.get(
    "/scores/{customer_id}/history",
    tags=["scores"],
    dependencies=[requires("scores:read")],
)
async def list_score_history(
    customer_id: UUID,
    session: DbSession,
    page: PageQuery,
    language: RequestLanguage,
    confidential: MayReadConfidential,
    response: Response,
) -> Page[ScoreOut]:
    """List the published scores of the customer, newest first: one item for each change. 404 `no_score_then`.

    For a merged customer those of the survivor, at `Content-Location`.
    """
    survivor = await repository.survivor_of(session, customer_id)
    set_survivor_location(response, survivor, requested=customer_id, below="/history")
    before = page.after(Moment)
    rows = await repository.history(session, survivor, before=before[0] if before else None, limit=page.fetch_limit)
    if not rows and before is None:
        raise NoScoreThen
    items, cursor = paginate(rows, page, key=lambda row: (row[0],))
    documents = [with_intervals(document, NOT_STORED) for _, document in items]
    shown = await confidentiality.visible_documents(session, documents, confidential=confidential)
    scores = page.show(
        shown, lambda one: ScoreOut.model_validate(render(one, language)), name=lambda one: one["customer_id"]
    )
    return Page(items=scores, next_cursor=cursor)


@router.get("/scores", tags=["scores"], dependencies=[requires("scores:read")])
async def list_scores(
    session: DbSession,
    page: PageQuery,
    language: RequestLanguage,
    confidential: MayReadConfidential,
    customer_ids: CustomerIds = (),
    tier: AnyOf[Tier] = (),
    band: AnyOf[Band] = (),
    loyalty_class: LoyaltyClasses = (),
    stage: AnyOf[Stage] = (),
    sort: Literal["-value_at_risk"] = "-value_at_risk",
) -> Page[ScoreSummary]:
    """List the published numbers of all customers, the largest value at risk first.

    With a filter of the numbers a page may be short: the list has ended where there is no `next_cursor`.
    """
    rows, examined_to = await service.list_scores(
        session,
        filters=ScoreFilter(customer_ids, tier, band, loyalty_class, stage),
        after=page.after(Decimal, UUID),
        limit=page.fetch_limit,
    )
    items, cursor = paginate(rows, page, key=lambda row: (row.value_at_risk, row.customer_id))
    if cursor is None and examined_to is not None:
        cursor = page.cursor_after(*examined_to)
    shown = await confidentiality.visible_rows(session, items, confidential=confidential)
    scores = page.show(
        shown, lambda row: ScoreSummary.model_validate(with_labels(row, language)), name=lambda row: row["customer_id"]
    )
    return Page(items=scores, next_cursor=cursor)


def set_survivor_location(response: Response, survivor: UUID, *, requested: UUID, below: str = "") -> None:
    """Set `Content-Location` if the score is not that of the requested customer."""
    if survivor != requested:
        response.headers["Content-Location"] = f"/v1/scores/{survivor}{below}"
