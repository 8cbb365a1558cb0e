"""HTTP API of the check of the wording."""

from uuid import UUID

from heed_common import http
from heed_common.http import DbSession, RequestLanguage, requires
from heed_survey.surveys import service as surveys
from heed_survey.surveys.wording import rules
from heed_survey.surveys.wording.schemas import HintOut, WordingOut
from heed_survey.surveys.wording.texts import HINTS

router = http.router(prefix="/v1/surveys/{survey_id}/wording", tags=["surveys"])


@router.get("", dependencies=[requires("surveys:read")])
async def check_wording(survey_id: UUID, session: DbSession, language: RequestLanguage) -> WordingOut:
    """Return hints for the wording of the draft, or of the published version where there is none."""
    survey = await surveys.get_survey(session, survey_id=survey_id)
    version = survey.draft_version or survey.survey_version
    questionnaire = await surveys.get_questionnaire(session, survey_id=survey_id, survey_version=version)
    hints = [
        HintOut(
            item=hint.item,
            rule=hint.rule,
            language=hint.language,
            hint=HINTS[hint.rule][language],
            found=hint.found,
        )
        for hint in rules.check_wording(questionnaire)
    ]
    return WordingOut(survey_version=version, hints=hints)
