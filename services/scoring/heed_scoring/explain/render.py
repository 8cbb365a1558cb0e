"""Explanations as text, English or Chinese: the input of each factor, and a sentence on its effect.

Stored scores hold codes and numbers only; texts are rendered when a score is read.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from heed_common.languages import Language
from heed_scoring.explain.labels import with_labels
from heed_scoring.explain.loyalty import LOYALTY
from heed_scoring.explain.phrases import FactorPhrases, ObservedValue, Phrase
from heed_scoring.explain.risk import RISK
from heed_scoring.explain.value import VALUE
from heed_scoring.explain.visible import OTHER, Visible

HIDDEN: FactorPhrases = {
    OTHER: {
        "en": Phrase("other", "What else is known of the customer {effect}."),
        "zh": Phrase("其他", "客户的其他情况{effect}。"),
    },
}
"""Text of factors that the reader may not see."""
FACTORS: FactorPhrases = {
    **VALUE,
    **LOYALTY,
    **RISK,
    **HIDDEN,
}
LABELS: Mapping[Language, Mapping[str, str]] = {
    "en": {
        "open": "still open",
        "breached": "overdue",
        "resolved_quickly": "resolved quickly",
        "silent": "not voiced",
        "wrong_item": "the wrong item",
        "not_wanted": "not wanted",
        "late": "too late",
        "other": "for other reasons",
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
        "faulty": "有缺陷",
        "wrong_item": "发错商品",
        "not_wanted": "不想要",
        "late": "到货太晚",
        "other": "其他",
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
UNSIGNED_VALUE_EFFECT: Mapping[Language, str] = {"en": "brings {0} {1}", "zh": "带来{0} {1}"}
"""A hidden factor may be cost or revenue, so the amount has its sign."""
BASELINES: Mapping[Language, Mapping[str, str]] = {
    "en": {"purchase_pattern": "the churn risk would be {0}%"},
    "zh": {"purchase_pattern": "流失风险为{0}%"},
}


def render(document: Visible, language: Language) -> dict[str, Any]:
    """Return the score with labels for its codes, and with `value` and `sentence` in each line of its explanation."""
    currency = document["value"]["currency"]
    lines = [_line(line, currency, language) for line in document["explanation"]]
    return with_labels(document, language) | {"explanation": lines}


def _line(line: dict[str, Any], currency: str, language: Language) -> dict[str, Any]:
    nobody_bought = (line["factor"], line["seen"][:1]) == ("purchase_pattern", ["0"])
    words = FACTORS["no_purchases" if nobody_bought else line["factor"]][language]
    seen = [ObservedValue(LABELS[language].get(code, code)) for code in line["seen"]]
    sentence = words.sentence.format(*seen, effect=_effect(line, currency, language))
    return line | {"value": words.seen.format(*seen), "sentence": sentence}


def _effect(line: dict[str, Any], currency: str, language: Language) -> str:
    """Return the effect on the score: an amount, percentage points of risk, or points of loyalty."""
    amount = line["contribution"]
    if line["score"] == "value" and line["factor"] == OTHER:
        return UNSIGNED_VALUE_EFFECT[language].format(amount, currency)
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
    """Return whether the factor is a cost: its sentence needs no sign."""
    return str(line["factor"]).endswith("_cost") or line["factor"] == "remedies"


def factor_names() -> Sequence[str]:
    """Return all factors that have a text."""
    return tuple(FACTORS)
