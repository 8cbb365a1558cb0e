from heed_common.errors import Unprocessable


class UnknownItem(Unprocessable):
    code, title = "unknown_item", "The survey has no such item."
    advice = "Use a code of the survey's items."


class ItemNotShown(Unprocessable):
    code, title = "item_not_shown", "The other answers hide this item, so it has no answer."
    advice = "Leave out the answer to the hidden item."


class AnswerMissing(Unprocessable):
    code, title = "answer_missing", "This item is required."
    advice = "Answer the item that `pointer` names."


class OffTheScale(Unprocessable):
    code, title = "off_the_scale", "The value is not on the item's scale."
    advice = "Send a number between `lowest` and `highest` of the item."


class UnknownOption(Unprocessable):
    code, title = "unknown_option", "The item has no such option."
    advice = "Send a code of the item's options."


class WrongKindOfAnswer(Unprocessable):
    code, title = "wrong_kind_of_answer", "The item is answered with another kind of value."
    advice = "Send the kind of value that the item's type takes."


class NotACallBack(Unprocessable):
    code, title = "not_a_call_back", "Only responses to a call-back survey may name a complaint."
    advice = "Use the call-back survey, or omit the complaint."


class AnotherCustomersLink(Unprocessable):
    code, title = "another_customers_link", "The link belongs to another customer; the customer may be omitted."
    advice = "Omit `customer_id`: the link names the customer."


class AnonymousNotFiltered(Unprocessable):
    code, title = "anonymous_not_filtered", "A list of anonymous responses has no filters: they could isolate a person."
    advice = "List them without filters, or use an analysis."


class NotAnonymous(Unprocessable):
    code, title = "not_anonymous", "A response to an anonymous survey names no customer and has no identifier."
    advice = "Send the answers only, without customer or external_id."
