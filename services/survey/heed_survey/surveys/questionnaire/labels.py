"""Standard texts of items that are answered in pairs, of forms and of reports."""

from collections.abc import Mapping

from heed_survey.surveys.questionnaire.items import Item, ItemType, KanoAnswer, Translated

PART_TEXTS: Mapping[tuple[ItemType, str], Translated] = {
    (ItemType.KANO, "functional"): Translated("How would you feel if you had this?", "如果具备这一点，您觉得如何？"),
    (ItemType.KANO, "dysfunctional"): Translated(
        "How would you feel if you did not have this?", "如果不具备这一点，您觉得如何？"
    ),
    (ItemType.SERVQUAL, "expectation"): Translated("What you expect of a very good provider", "您对优秀企业的期望"),
    (ItemType.SERVQUAL, "perception"): Translated("What you experience with us", "您对我们的实际感受"),
    (ItemType.RATING_PAIR, "own"): Translated("With us", "我们"),
    (ItemType.RATING_PAIR, "competitor"): Translated("With the best alternative", "最好的竞争者"),
}
"""What each part of a pair asks, beside the text of its item."""
KANO_TEXTS: Mapping[KanoAnswer, Translated] = {
    KanoAnswer.LIKE: Translated("I would like it", "我会很喜欢"),
    KanoAnswer.EXPECT: Translated("I expect it to be so", "理应如此"),
    KanoAnswer.NEUTRAL: Translated("It is all the same to me", "无所谓"),
    KanoAnswer.LIVE_WITH: Translated("I can live with it", "可以忍受"),
    KanoAnswer.DISLIKE: Translated("I would dislike it", "我会很不喜欢"),
}


def part_texts(item: Item) -> dict[str, Translated]:
    """Return the text of each part of a pair, in their order; none for other items."""
    return {part: PART_TEXTS[item.type, part] for part in item.parts}
