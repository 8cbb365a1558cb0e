"""What can be wrong with a response."""

from heed_common.errors import Conflict, Unprocessable


class SurveyNotPublished(Conflict):
    code, title = "survey_not_published", "The survey is not published yet, so it cannot be answered."


class ExternalIdConflict(Conflict):
    code, title = "external_id_conflict", "This external_id stands for other content already."


class UnknownItem(Unprocessable):
    code, title = "unknown_item", "The survey has no such item."


class AnsweredTwice(Unprocessable):
    code, title = "answered_twice", "An item is answered once at most."


class OffTheScale(Unprocessable):
    code, title = "off_the_scale", "The value does not lie on the item's scale."


class WrongKindOfAnswer(Unprocessable):
    code, title = "wrong_kind_of_answer", "An item with a scale takes a value, one without takes a text."


class NotACallBack(Unprocessable):
    code, title = "not_a_call_back", "Only a call-back survey is answered about a complaint."
