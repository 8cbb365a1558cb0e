from heed_common.errors import Conflict, NotFound


class SurveyNotFound(NotFound):
    code, title = "survey_not_found", "There is no such survey."


class SurveyAlreadyPublished(Conflict):
    code, title = "survey_already_published", "The survey is published; a published survey does not change."
