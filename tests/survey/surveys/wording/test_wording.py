"""Ten rules for wording, in both languages: what they find, and what they leave alone."""

from dataclasses import replace

import pytest

from heed_survey.surveys.questionnaire.items import ItemType, Scale, Translated
from heed_survey.surveys.templates.service import load_templates
from heed_survey.surveys.wording.lexicon import Rule
from heed_survey.surveys.wording.rules import CHECKS, check_item, check_wording
from heed_survey.surveys.wording.texts import HINTS
from tests.survey.factories import create_draft
from tests.survey.questionnaires import make_item, make_questionnaire, show_if

FOUND = [
    (Rule.LEADING, "en", "Don't you think that our service has improved?"),
    (Rule.LEADING, "zh", "难道您不觉得我们的服务有进步吗？"),
    (Rule.DOUBLE_BARRELLED, "en", "How satisfied are you with price and quality?"),
    (Rule.DOUBLE_BARRELLED, "en", "Was it fast and/or cheap?"),
    (Rule.DOUBLE_BARRELLED, "zh", "您对价格和质量满意吗？"),
    (Rule.DOUBLE_BARRELLED, "zh", "您对价格或质量满意吗？"),
    (Rule.DOUBLE_BARRELLED, "zh", "您对价格以及质量满意吗？"),
    (Rule.DOUBLE_NEGATION, "en", "Would you not be unhappy without us?"),
    (Rule.DOUBLE_NEGATION, "zh", "您不会不推荐我们吧？"),
    (Rule.ABSOLUTE, "en", "Is our hotline always free?"),
    (Rule.ABSOLUTE, "zh", "我们的热线总是畅通吗？"),
    (Rule.HARD_TO_READ, "en", "How do you rate our MTTR?"),
    (Rule.HARD_TO_READ, "en", " ".join(["long"] * 26) + "?"),
    (Rule.HARD_TO_READ, "zh", "您如何评价我们的SLA？"),
    (Rule.HARD_TO_READ, "zh", "长" * 51),
    (Rule.LOADED, "en", "How do you like our excellent service?"),
    (Rule.LOADED, "zh", "您如何评价我们优质的服务？"),
    (Rule.VAGUE, "en", "Do you buy from us often?"),
    (Rule.VAGUE, "zh", "您经常向我们购买吗？"),
    (Rule.PRESUPPOSITION, "en", "Why did you leave us?"),
    (Rule.PRESUPPOSITION, "zh", "您为什么离开我们？"),
]
FINE = [
    ("en", "How satisfied or dissatisfied are you with the price?"),
    ("en", "All in all, how likely or unlikely are you to buy again?"),
    ("en", "How many times did you call?"),
    ("en", "How easy or difficult was it?"),
    ("zh", "您对价格是不是满意？"),
    ("zh", "工作人员是否和蔼？"),
    ("zh", "您参与过我们的活动吗？"),
    ("zh", "处理是否及时？"),
    ("zh", "总体而言，您对我们满意吗？"),
]


def worded(text, language, **members):
    return make_item(text=Translated(**{language: text}), **members)


def rules_of(item, language="en"):
    return [hint.rule for hint in check_item(item, language)]


@pytest.mark.parametrize(("rule", "language", "text"), FOUND)
def test_a_weak_wording_is_found(rule, language, text):
    assert rule in rules_of(worded(text, language), language)


@pytest.mark.parametrize(("language", "text"), FINE)
def test_a_plain_wording_has_no_hint(language, text):
    assert rules_of(worded(text, language), language) == []


def test_an_open_question_may_be_about_two_matters():
    text = "What do we do well, and what could we do better?"
    assert rules_of(worded(text, "en", type_=ItemType.TEXT)) == []


def test_a_question_that_an_earlier_one_led_to_presupposes_nothing():
    reason = worded("Why did you leave?", "en", code="why", type_=ItemType.TEXT)
    assert rules_of(reason) == [Rule.PRESUPPOSITION]
    first = make_item("left", ItemType.SINGLE)
    assert rules_of(show_if(reason, [first], {"field": "left", "op": "eq", "value": "yes"})) == []


@pytest.mark.parametrize(
    ("labels", "is_balanced"),
    [
        (["Poor", "Good", "Very good", "Excellent"], False),
        (["Very poor", "Poor", "Neutral", "Good", "Very good"], True),
        (["Very dissatisfied", "Dissatisfied", "Neutral", "Satisfied", "Very satisfied"], True),
        (["Bad", "Fair", "Good", "Great", "Excellent"], False),
        (["Never", "A", "B", "C"], True),
    ],
)
def test_a_scale_with_more_labels_on_one_side_is_found(labels, is_balanced):
    scale = Scale(1, len(labels), tuple(map(Translated, labels)))
    assert (Rule.UNBALANCED_SCALE in rules_of(make_item(scale=scale))) is not is_balanced


def test_a_chinese_scale_is_balanced_or_not():
    balanced = ["很不满意", "不满意", "一般", "满意", "很满意"]
    for labels, expected in ((balanced, []), (["差", "好", "很好"], [Rule.UNBALANCED_SCALE])):
        scale = Scale(1, len(labels), tuple(Translated(zh=label) for label in labels))
        assert rules_of(replace(make_item(), scale=scale), "zh") == expected


@pytest.mark.parametrize(
    ("highest", "expected"), [(2, []), (4, [Rule.NO_NEUTRAL]), (5, []), (6, [Rule.NO_NEUTRAL]), (10, [])]
)
def test_a_short_scale_needs_a_middle(highest, expected):
    assert rules_of(make_item(scale=Scale(1, highest))) == expected


def test_hints_are_in_the_order_of_items_and_only_in_their_languages():
    first = make_item("a", text=Translated("Is it always so?", "总是这样吗？"))
    second = make_item("b", text=Translated("Is it never so?", "从不这样吗？"))
    questionnaire = make_questionnaire(first, second)
    found = [(hint.item, hint.language, hint.found) for hint in check_wording(questionnaire)]
    assert found == [("a", "en", "always"), ("a", "zh", "总是"), ("b", "en", "never"), ("b", "zh", "从不")]
    chinese = check_wording(replace(questionnaire, languages=("zh",)))
    assert [hint.language for hint in chinese] == ["zh", "zh"]


def test_each_of_the_ten_rules_has_a_check_and_a_hint_in_both_languages():
    assert len(CHECKS) == 10
    assert set(CHECKS) == set(HINTS) == set(Rule)
    assert all(text for hints in HINTS.values() for text in (hints["en"], hints["zh"]))


@pytest.mark.parametrize("name", list(load_templates()))
def test_the_templates_themselves_have_no_weak_wording(name):
    assert check_wording(load_templates()[name].fill()) == []


@pytest.mark.asyncio
async def test_hints_are_shown_in_the_language_of_the_request_and_block_nothing(client):
    item = {"code": "a", "text": {"en": "Surely you like us?"}, "scale": {"lowest": 1, "highest": 5}}
    survey = await create_draft(client, title="Weak", items=[item])
    path = f"/v1/surveys/{survey['id']}"
    shown = (await client.get(f"{path}/wording", headers={"Accept-Language": "zh"})).json()
    assert shown == {
        "survey_version": 1,
        "hints": [
            {"item": "a", "rule": "leading", "language": "en", "hint": HINTS[Rule.LEADING]["zh"], "found": "Surely"}
        ],
    }
    assert (await client.post(f"{path}/publish")).status_code == 200
