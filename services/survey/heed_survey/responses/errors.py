from heed_common.errors import Unprocessable


class UnknownItem(Unprocessable):
    code, title = "unknown_item", "The survey has no such item."


class ItemNotShown(Unprocessable):
    code, title = "item_not_shown", "The other answers hide this item, so it has no answer."


class AnswerMissing(Unprocessable):
    code, title = "answer_missing", "This item is required."


class OffTheScale(Unprocessable):
    code, title = "off_the_scale", "The value is not on the item's scale."


class UnknownOption(Unprocessable):
    code, title = "unknown_option", "The item has no such option."


class WrongKindOfAnswer(Unprocessable):
    code, title = "wrong_kind_of_answer", "The item is answered with another kind of value."


class NotACallBack(Unprocessable):
    code, title = "not_a_call_back", "Only responses to a call-back survey may name a complaint."


class AnotherCustomersLink(Unprocessable):
    code, title = "another_customers_link", "The link belongs to another customer; the customer may be omitted."


class AnonymousNotFiltered(Unprocessable):
    code, title = "anonymous_not_filtered", "A list of anonymous responses has no filters: they could isolate a person."


class NotAnonymous(Unprocessable):
    code, title = "not_anonymous", "A response to an anonymous survey names no customer and has no identifier."
