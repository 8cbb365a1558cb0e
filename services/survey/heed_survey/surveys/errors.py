"""Errors of surveys."""

from heed_common.errors import Conflict, NotFound, Unprocessable


class SurveyNotFound(NotFound):
    code, title = "survey_not_found", "There is no such survey."


class VersionNotFound(NotFound):
    code, title = "version_not_found", "The survey has no such version."


class SurveyAlreadyPublished(Conflict):
    code, title = "survey_already_published", "The survey is published; a published survey does not change."
    advice = "Revise it: a new version becomes a draft that can be changed."


class SurveyNotPublished(Conflict):
    code, title = "survey_not_published", "The survey is not published yet, so it cannot be answered."
    advice = "Publish the survey first."


class SurveyClosed(Conflict):
    code, title = "survey_closed", "The survey is closed."
    advice = "Open a new wave or another survey."


class VersionChanged(Conflict):
    code, title = "version_changed", "The survey has a newer version; please answer that one."
    advice = "Load the form again and answer the newer version."


class PilotRunning(Conflict):
    code, title = "pilot_running", "The version is being tried out, so it does not change; revise it."
    advice = "End the pilot, or revise the survey."


class DraftExists(Conflict):
    code, title = "draft_exists", "The survey has a draft already, which can be changed."
    advice = "Change the draft that exists."


class RevisionMissing(Conflict):
    code, title = "revision_missing", "What was changed after the version before, and why, must be recorded first."
    advice = "Record what was changed since the last version, and why."


class StudyMissing(Conflict):
    code, title = "study_missing", "The design of the study must be recorded before the start."
    advice = "Record `study` with purpose, nature, population, method and who is responsible."


class QuotaNotAnonymous(Unprocessable):
    code = "quota_not_anonymous"
    title = "A quota of an anonymous survey cannot depend on answers: its count would show what was answered when."
    advice = "Let the quota depend on what is known before the answers."


class QuotaNamesRepeated(Unprocessable):
    code, title = "quota_names_repeated", "Each quota needs a name of its own."
    advice = "Give each quota a name of its own."
