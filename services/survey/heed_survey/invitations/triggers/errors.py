from heed_common.errors import Conflict, NotFound


class TriggerNotFound(NotFound):
    code, title = "trigger_not_found", "The survey has no such trigger."


class TriggerOfAnonymousSurvey(Conflict):
    code, title = "trigger_of_anonymous_survey", "An anonymous survey cannot invite one customer at a time."
    advice = "Use a survey that is not anonymous."
