"""Door 1: how often a customer buys of what."""

from uuid import UUID

from fastapi import Response

from heed_common import http
from heed_common.http import DbSession, requires
from heed_scoring.engine import rhythms
from heed_scoring.insights.rhythms.schemas import RhythmOut, RhythmsOut
from heed_scoring.scores import repository
from heed_scoring.scores.api import set_survivor_location
from heed_scoring.scores.errors import NoScoreThen
from heed_scoring.time_zone.http import Today

router = http.router(prefix="/v1", tags=["scores"])


@router.get("/scores/{customer_id}/rhythms", dependencies=[requires("scores:read")])
async def list_rhythms(customer_id: UUID, session: DbSession, today: Today, response: Response) -> RhythmsOut:
    """Of everything first, then of each category: how often, when last, whether it is broken. 404 `no_score_then`.

    Of a merged customer the survivor's, at `Content-Location`.
    """
    survivor = await repository.survivor_of(session, customer_id)
    facts = await repository.facts(session, survivor, day=today)
    if facts is None:
        raise NoScoreThen
    set_survivor_location(response, survivor, requested=customer_id, below="/rhythms")
    seen = rhythms.rhythms(facts, day=today)
    return RhythmsOut(customer_id=survivor, day=today, items=[RhythmOut.of(rhythm) for rhythm in seen])
