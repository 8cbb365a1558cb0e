"""Questionnaires ready to use, in English and Chinese."""

from collections.abc import Mapping

from heed_common.contracts.survey import Measure
from heed_survey.surveys.questionnaire.items import Item, ItemType, Scale, Translated
from heed_survey.surveys.questionnaire.questionnaire import Questionnaire, Section

FIVE_LEVELS = Scale(
    lowest=1,
    highest=5,
    labels=(
        Translated("Very dissatisfied", "很不满意"),
        Translated("Dissatisfied", "不满意"),
        Translated("Neutral", "一般"),
        Translated("Satisfied", "满意"),
        Translated("Very satisfied", "很满意"),
    ),
)

SATISFACTION = Questionnaire(
    title=Translated("Satisfaction", "满意度"),
    languages=("en", "zh"),
    sections=(
        Section(
            (
                Item(
                    code="satisfaction",
                    text=Translated("All in all, how satisfied are you with us?", "总体而言，您对我们满意吗？"),
                    type=ItemType.SCALE,
                    measure=Measure.SATISFACTION,
                    scale=FIVE_LEVELS,
                ),
            )
        ),
    ),
)

CALL_BACK = Questionnaire(
    title=Translated("Call back", "回访"),
    languages=("en", "zh"),
    sections=(
        Section(
            (
                Item(
                    code="solved",
                    text=Translated("Is your problem solved?", "您的问题解决了吗？"),
                    type=ItemType.SCALE,
                    measure=Measure.OTHER,
                    scale=Scale(
                        lowest=0, highest=1, labels=(Translated("No", "没有解决"), Translated("Yes", "已解决"))
                    ),
                ),
                Item(
                    code="pleasant",
                    text=Translated("Was it pleasant to deal with us?", "处理过程让您感到愉快吗？"),
                    type=ItemType.SCALE,
                    measure=Measure.SATISFACTION,
                    scale=FIVE_LEVELS,
                ),
            )
        ),
    ),
)

TEMPLATES: Mapping[str, Questionnaire] = {"satisfaction": SATISFACTION, "call_back": CALL_BACK}
