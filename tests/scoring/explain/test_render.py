"""Every factor of a score can be rendered, in English and in Chinese."""

import re

import pytest
from hypothesis import given

from heed_common.contracts.customer import ReturnReason
from heed_common.contracts.survey import DefectionReason, RetentionMotive, SwitchingBarrier
from heed_scoring.engine import lifecycle
from heed_scoring.explain import labels
from heed_scoring.explain.render import EFFECTS, FACTORS, render
from heed_scoring.handlers import ledger_rows
from heed_scoring.scores import score_document
from heed_scoring.scores.score_document import TIME_PASSED
from tests.examples import examples
from tests.scoring.engine.test_score import FITTED
from tests.scoring.factories import NOON, make_purchase, make_return, received
from tests.scoring.ledger.test_facts import CUSTOMER, ledgers
from tests.scoring.scores.test_score_document import statement_of

DOCUMENT = {
    "value": {"currency": "EUR"},
    "churn_risk": {"reason": "price", "motives": ["attachment"], "barriers": ["sunk_cost"]},
    "lifecycle": {"stage": "decline", "reason": "rhythm_broken"},
    "complaints": [{"expected_value_saved": {"amount": "12.50", "currency": "EUR"}}],
}
CHINESE = re.compile(r"[\u4e00-\u9fff]")


def spoken(rows, language):
    statement = statement_of(rows, FITTED, TIME_PASSED)
    read = score_document.parse(
        CUSTOMER,
        score_document.serialize(statement, score_document.serialize_numbers(statement.score), previous=None),
        at=NOON,
    )
    return render(read, language)["explanation"]


@given(ledgers())
@examples(60)
def test_every_line_of_an_explanation_is_a_sentence_in_both_languages(rows):
    english, chinese = spoken(rows, "en"), spoken(rows, "zh")
    assert len(english) == len(chinese) > 0
    for line in english:
        assert line["sentence"].endswith(".")
        assert line["sentence"][0].isupper()
        assert "{" not in line["sentence"] + line["value"]
        assert not CHINESE.search(line["sentence"] + line["value"])
    for line in chinese:
        assert line["sentence"].endswith("。")
        assert CHINESE.search(line["sentence"])
        assert not re.search(r"[a-z_]{3}", line["sentence"] + line["value"])


@pytest.mark.parametrize("name", FACTORS)
def test_both_languages_fill_in_the_same_values(name):
    english, chinese = FACTORS[name]["en"], FACTORS[name]["zh"]
    for one, other in zip(english, chinese, strict=True):
        assert set(re.findall(r"\{(\w+)", one)) == set(re.findall(r"\{(\w+)", other))
    assert "{effect}" in english.sentence


def test_both_languages_know_the_same_effects():
    assert EFFECTS["en"].keys() == EFFECTS["zh"].keys()


def line(**overrides):
    return {
        "score": "churn_risk",
        "factor": "open_complaint",
        "seen": ["major", "open", "2026-02-27"],
        "contribution": 0.12,
        "evidence": [],
    } | overrides


def sentences(language, *lines):
    rendered = render(DOCUMENT | {"explanation": list(lines)}, language)
    return [line["sentence"] for line in rendered["explanation"]]


def test_an_account_manager_reads_what_a_complaint_did():
    assert sentences("en", line()) == [
        "A major complaint, opened on 2026-02-27 and still open, raises the churn risk by 12.0 points."
    ]
    assert sentences("zh", line()) == ["2026-02-27提出的重大投诉（处理中）使流失风险上升12.0个百分点。"]


def test_singular_and_plural_are_distinguished():
    once = line(score="loyalty", factor="repeat_purchases", seen=["1"], contribution=2.0)
    assert sentences("en", once, once | {"seen": ["2"]}) == [
        "The customer came back to buy 1 time, which adds 2 points of loyalty.",
        "The customer came back to buy 2 times, which adds 2 points of loyalty.",
    ]
    first = line(factor="purchase_pattern", seen=["1", "20"], contribution=0.4)
    assert sentences("en", first) == [
        "By the purchases alone (1 purchase day, the last 20 days ago) the churn risk would be 40.0%."
    ]
    assert sentences("zh", first) == ["仅从购买情况看（1个购买日，最近一次在20天前），流失风险为40.0%。"]


def test_without_a_remaining_purchase_no_last_purchase_is_mentioned():
    bought = make_purchase(CUSTOMER, days_ago=3)
    rows = [ledger_rows(received(event))[0] for event in (bought, make_return(bought))]
    for language, day in (("en", "day"), ("zh", "天")):
        (pattern,) = [line for line in spoken(rows, language) if line["factor"] == "purchase_pattern"]
        assert day not in pattern["value"] + pattern["sentence"]


def test_factors_that_lower_or_change_nothing_are_rendered_as_such():
    lowered, nothing = line(contribution=-0.034), line(contribution=0.0)
    assert sentences("en", lowered)[0].endswith("lowers the churn risk by 3.4 points.")
    assert sentences("en", nothing)[0].endswith("leaves the churn risk as it is.")


def test_costs_are_named_without_a_sign():
    cost = line(score="value", factor="production_cost", seen=[], contribution="-70.00")
    paid = line(score="value", factor="paid", seen=[], contribution="-12.00")
    assert sentences("en", cost, paid) == [
        "Making or buying what was sold cost 70.00 EUR.",
        "In the last 365 days the customer paid -12.00 EUR.",
    ]


def test_codes_have_labels_and_value_saved_is_called_an_association():
    english, chinese = (render(DOCUMENT | {"explanation": []}, language) for language in ("en", "zh"))
    assert (english["churn_risk"]["reason_label"], chinese["churn_risk"]["reason_label"]) == ("price", "价格")
    assert chinese["churn_risk"]["motives"] == [{"code": "attachment", "label": "心理依附"}]
    assert chinese["churn_risk"]["barriers"] == [{"code": "sunk_cost", "label": "沉没成本"}]
    assert (english["lifecycle"]["label"], chinese["lifecycle"]["label"]) == ("decline", "退化")
    assert "twice as long" in english["lifecycle"]["sentence"]
    assert "12.50 EUR" in english["complaints"][0]["sentence"]
    assert "association" in english["complaints"][0]["sentence"]
    assert "相关关系" in chinese["complaints"][0]["sentence"]


@pytest.mark.parametrize(
    ("names", "codes"),
    [
        (labels.REASONS, DefectionReason),
        (labels.MOTIVES, RetentionMotive),
        (labels.BARRIERS, SwitchingBarrier),
        (labels.STAGES, lifecycle.STAGES),
        (labels.STAGE_REASONS, lifecycle.REASONS),
    ],
)
def test_every_code_has_a_label_in_both_languages(names, codes):
    assert list(names) == list(codes)
    assert all(CHINESE.search(label["zh"]) and not CHINESE.search(label["en"]) for label in names.values())


@pytest.mark.parametrize("reason", [reason for reason in ReturnReason if reason is not ReturnReason.CORRECTION])
def test_a_return_is_rendered_with_its_reason(reason):
    bought = make_purchase(CUSTOMER, days_ago=3)
    rows = [ledger_rows(received(event))[0] for event in (bought, make_return(bought, reason=reason))]
    (chinese,) = [line for line in spoken(rows, "zh") if line["factor"] == "returns"]
    assert not re.search("[a-z]", chinese["value"])
