"""An explanation in words, English or Chinese: what each factor saw, and a sentence that says what it did.

Scores keep codes and numbers only; they are put into words when somebody reads them.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from heed_common.languages import Language


class Words(NamedTuple):
    """`seen` and `sentence` hold the places of what was seen; `sentence` also `{effect}`."""

    seen: str
    sentence: str


YEAR = {"en": "last 365 days", "zh": "最近365天"}
FACTORS: Mapping[str, Mapping[Language, Words]] = {
    "paid": {
        "en": Words(YEAR["en"], "In the last 365 days the customer paid {effect}."),
        "zh": Words(YEAR["zh"], "最近365天客户支付了{effect}。"),
    },
    "production_cost": {
        "en": Words(YEAR["en"], "Making or buying what was sold cost {effect}."),
        "zh": Words(YEAR["zh"], "所售商品的生产或采购成本为{effect}。"),
    },
    "contact_cost": {
        "en": Words(YEAR["en"], "Contacts and campaigns cost {effect}."),
        "zh": Words(YEAR["zh"], "联系与营销活动的成本为{effect}。"),
    },
    "expected_purchases": {
        "en": Words("next 12 months", "The purchases expected in the next 12 months are worth {effect} today."),
        "zh": Words("未来12个月", "未来12个月的预期购买折现价值为{effect}。"),
    },
    "repeat_purchases": {
        "en": Words("{0}", "The customer came back to buy {0} times, which {effect}."),
        "zh": Words("{0}", "客户重复购买{0}次，{effect}。"),
    },
    "relationship_weeks": {
        "en": Words("{0}", "From the first to the last purchase {0} weeks have passed, which {effect}."),
        "zh": Words("{0}", "从首次到最近一次购买，关系已维持{0}周，{effect}。"),
    },
    "recency": {
        "en": Words("{0}", "The last purchase came at {0} of the time since the first, which {effect}."),
        "zh": Words("{0}", "最近一次购买位于首次购买以来时间的{0}处，{effect}。"),
    },
    "returned_share": {
        "en": Words("{0}", "Of what was bought, a share of {0} was brought back, which {effect}."),
        "zh": Words("{0}", "所购商品的退货比例为{0}，{effect}。"),
    },
    "satisfaction": {
        "en": Words("{0} of 1", "The customer's last answers put satisfaction at {0} of 1, which {effect}."),
        "zh": Words("{0}（满分1）", "客户最近的回答显示满意度为{0}（满分1），{effect}。"),
    },
    "purchase_pattern": {
        "en": Words(
            "{0} purchase days, last {1} days ago",
            "By its purchases alone ({0} purchase days, the last {1} days ago) {effect}.",
        ),
        "zh": Words("{0}个购买日，最近一次在{1}天前", "仅从购买情况看（{0}个购买日，最近一次在{1}天前），{effect}。"),
    },
    "open_complaint": {
        "en": Words("{0}, {1}, opened {2}", "A {0} complaint, opened on {2} and {1}, {effect}."),
        "zh": Words("{0}，{1}，{2}提出", "{2}提出的{0}投诉（{1}）{effect}。"),
    },
    "complaint": {
        "en": Words("{0}, {1}, opened {2}", "A {0} complaint of {2}, {1}, {effect}."),
        "zh": Words("{0}，{1}，{2}提出", "{2}提出的{0}投诉（{1}）{effect}。"),
    },
}
LABELS: Mapping[Language, Mapping[str, str]] = {
    "en": {
        "open": "still open",
        "breached": "overdue",
        "resolved_quickly": "resolved quickly",
        "silent": "not voiced",
    },
    "zh": {
        "minor": "轻微",
        "major": "重大",
        "critical": "严重",
        "open": "处理中",
        "breached": "已超时",
        "resolved_quickly": "迅速解决",
        "resolved": "已解决",
        "unresolved": "未解决",
        "silent": "未提出",
    },
}
EFFECTS: Mapping[Language, Mapping[str, tuple[str, str, str]]] = {
    "en": {
        "churn_risk": (
            "raises the churn risk by {0} points",
            "lowers the churn risk by {0} points",
            "leaves the churn risk as it is",
        ),
        "loyalty": ("adds {0} points of loyalty", "takes {0} points of loyalty", "adds nothing to loyalty"),
    },
    "zh": {
        "churn_risk": ("使流失风险上升{0}个百分点", "使流失风险下降{0}个百分点", "不改变流失风险"),
        "loyalty": ("为忠诚度增加{0}分", "使忠诚度减少{0}分", "对忠诚度没有贡献"),
    },
}
BASELINES: Mapping[Language, Mapping[str, str]] = {
    "en": {"purchase_pattern": "the churn risk would be {0} %"},
    "zh": {"purchase_pattern": "流失风险为{0}%"},
}


def put_into_words(said: dict[str, Any], language: Language) -> dict[str, Any]:
    """The score with `value` and `sentence` in each line of its explanation."""
    currency = said["value"]["currency"]
    return said | {"explanation": [_line(line, currency, language) for line in said["explanation"]]}


def _line(line: dict[str, Any], currency: str, language: Language) -> dict[str, Any]:
    words = FACTORS[line["factor"]][language]
    seen = [LABELS[language].get(code, code) for code in line["seen"]]
    sentence = words.sentence.format(*seen, effect=_effect(line, currency, language))
    return line | {"value": words.seen.format(*seen), "sentence": sentence}


def _effect(line: dict[str, Any], currency: str, language: Language) -> str:
    """What the factor does to its score: money as it is, risk in percentage points, loyalty in points."""
    amount = line["contribution"]
    if line["score"] == "value":
        return f"{amount.removeprefix('-') if _is_cost(line) else amount} {currency}"
    baseline = BASELINES[language].get(line["factor"])
    printed = f"{abs(amount):.1%}".rstrip("%") if line["score"] == "churn_risk" else f"{abs(amount):g}"
    if baseline is not None:
        return baseline.format(printed)
    raised, lowered, left = EFFECTS[language][line["score"]]
    return _choose(amount, raised, lowered, left).format(printed)


def _choose(amount: float, raised: str, lowered: str, left: str) -> str:
    if amount == 0:
        return left
    return raised if amount > 0 else lowered


def _is_cost(line: Mapping[str, Any]) -> bool:
    """Costs are named as such, so their sentence needs no sign."""
    return str(line["factor"]).endswith("_cost")


def names() -> Sequence[str]:
    """Every factor that can be put into words."""
    return tuple(FACTORS)
