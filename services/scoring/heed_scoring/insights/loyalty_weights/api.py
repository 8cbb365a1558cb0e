"""HTTP API of the judgements behind the loyalty weights."""

from fastapi import Request, Response

from heed_common import http
from heed_common.http import DbSession, IfMatch, RequestLanguage, etag, requires
from heed_common.languages import Language
from heed_common.resources import Resources
from heed_scoring.engine.loyalty import judgements
from heed_scoring.insights.loyalty_weights import service
from heed_scoring.insights.loyalty_weights.schemas import JudgementsIn, JudgementsOut
from heed_scoring.tables import ModelVersion

router = http.router(prefix="/v1/models", tags=["models"])


@router.get("/loyalty-judgements", dependencies=[requires("models:read")])
async def get_loyalty_judgements(session: DbSession, language: RequestLanguage, response: Response) -> JudgementsOut:
    """Return the pairwise judgements of loyalty indicators, the weights that follow, and their consistency."""
    return _response(await service.in_force(session), language, response)


@router.put("/loyalty-judgements", dependencies=[requires("models:write")])
async def put_loyalty_judgements(
    body: JudgementsIn,
    if_match: IfMatch,
    session: DbSession,
    language: RequestLanguage,
    request: Request,
    response: Response,
) -> JudgementsOut:
    """Replace the judgements: a new model version, in force at once. 428 without If-Match, 412 if it has changed.

    422 `inconsistent_judgements` names the judgement that contradicts the others most, and what they imply.
    """
    resources: Resources = request.app.state.resources
    judged = body.to_domain()
    stored = await service.put_judgements(session, judged=judged, if_match=if_match, clock=resources.clock)
    return _response(stored, language, response)


def _response(stored: ModelVersion, language: Language, response: Response) -> JudgementsOut:
    judged = stored.read().loyalty
    response.headers["ETag"] = etag(judgements.revision(judged))
    return JudgementsOut.from_domain(judged, model_version=stored.version, language=language)
