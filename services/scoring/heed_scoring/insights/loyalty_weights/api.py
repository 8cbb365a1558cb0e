"""Door 1: the judgements that loyalty is weighed by."""

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
async def read_judgements(session: DbSession, language: RequestLanguage, response: Response) -> JudgementsOut:
    """How the signs of loyalty were judged against each other, the weights that follow, and how consistent that is."""
    return _shown(await service.in_force(session), language, response)


@router.put("/loyalty-judgements", dependencies=[requires("models:write")])
async def write_judgements(
    wanted: JudgementsIn,
    if_match: IfMatch,
    session: DbSession,
    language: RequestLanguage,
    request: Request,
    response: Response,
) -> JudgementsOut:
    """Judges anew: a new model version, in force at once. 428 without If-Match, 412 when it has changed.

    422 `inconsistent_judgements` names the judgement that contradicts the others most, and what they imply.
    """
    resources: Resources = request.app.state.resources
    judged = wanted.judged()
    stored = await service.judge_anew(session, judged=judged, if_match=if_match, clock=resources.clock)
    return _shown(stored, language, response)


def _shown(stored: ModelVersion, language: Language, response: Response) -> JudgementsOut:
    judged = stored.read().loyalty
    response.headers["ETag"] = etag(judgements.revision(judged))
    return JudgementsOut.of(judged, model_version=stored.version, language=language)
