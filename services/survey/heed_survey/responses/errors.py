from heed_common.errors import Unprocessable


class UnknownItem(Unprocessable):
    code, title = "unknown_item", "The survey has no such item."


class AnsweredTwice(Unprocessable):
    code, title = "answered_twice", "An item can be answered only once."


class OffTheScale(Unprocessable):
    code, title = "off_the_scale", "The value is not on the item's scale."


class WrongKindOfAnswer(Unprocessable):
    code, title = "wrong_kind_of_answer", "An item with a scale takes a value, one without takes a text."


class NotACallBack(Unprocessable):
    code, title = "not_a_call_back", "Only responses to a call-back survey may name a complaint."
