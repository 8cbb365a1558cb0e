"""Door 1: what would become of a customer's score."""

from typing import Any
from uuid import UUID

from fastapi import Response

from heed_common import http
from heed_common.http import DbSession, Now, RequestLanguage, requires
from heed_scoring.explain.labels import ASSOCIATION
from heed_scoring.explain.render import render
from heed_scoring.insights.what_if import service
from heed_scoring.insights.what_if.schemas import WhatIfIn, WhatIfOut
from heed_scoring.scores.api import set_survivor_location
from heed_scoring.scores.confidentiality.auth import MayReadConfidential

# The response is not stored for replay: the caller may lose permissions until then.
router = http.router(prefix="/v1", tags=["scores"], stores_responses=False)


@router.post("/scores/{customer_id}:what-if", response_model=WhatIfOut, dependencies=[requires("scores:read")])
async def what_if(
    customer_id: UUID,
    supposed: WhatIfIn,
    session: DbSession,
    now: Now,
    language: RequestLanguage,
    confidential: MayReadConfidential,
    response: Response,
) -> dict[str, Any]:
    """The score now and the score if that happened; nothing is stored. Of a merged customer the survivor's.

    409 `no_open_complaint`, 404 `no_score_then`.
    """
    answer = await service.what_if(
        session, customer_id=customer_id, hypothesis=supposed.as_hypothesis(), confidential=confidential, now=now
    )
    set_survivor_location(response, UUID(answer["customer_id"]), requested=customer_id, below=":what-if")
    rendered = {name: render(answer[name], language) for name in ("now", "then")}
    return answer | rendered | {"note": ASSOCIATION[language]}
