"""Whether a queued invitation is still to be sent. Pure."""

from datetime import datetime

from heed_survey.invitations.records.rules import ENDED, InvitationState
from heed_survey.surveys.rules import SurveyState

OPEN_STATES = frozenset({SurveyState.PUBLISHED, SurveyState.PILOT})


def obstacle(*, state: str, expires_at: datetime, survey_state: str, blocked: str | None, now: datetime) -> str | None:
    """Return the code of what forbids to send the message now."""
    if InvitationState(state) in ENDED:
        return state
    if expires_at <= now:
        return "expired"
    if SurveyState(survey_state) not in OPEN_STATES:
        return "survey_closed"
    return blocked
