"""Labels of the codes of a score in English and Chinese, and the sentence on an open complaint."""

from collections.abc import Mapping
from typing import Any

from heed_common.languages import Language
from heed_scoring.explain.visible import Visible

Names = Mapping[str, Mapping[Language, str]]

REASONS: Names = {
    "price": {"en": "price", "zh": "价格"},
    "product": {"en": "product", "zh": "产品"},
    "service": {"en": "service", "zh": "服务"},
    "own_change": {"en": "own change", "zh": "自变"},
    "competitor": {"en": "competitor", "zh": "竞争者"},
    "unknown": {"en": "unknown", "zh": "未知"},
}
MOTIVES: Names = {
    "customer_surplus": {"en": "customer surplus", "zh": "客户剩余价值"},
    "attachment": {"en": "attachment", "zh": "心理依附"},
}
BARRIERS: Names = {
    "sunk_cost": {"en": "sunk cost", "zh": "沉没成本"},
    "transaction_cost": {"en": "transaction cost", "zh": "交易成本"},
    "switching_cost": {"en": "switching cost", "zh": "转移成本"},
    "opportunity_cost": {"en": "opportunity cost", "zh": "机会成本"},
    "termination_barrier": {"en": "termination barrier", "zh": "终止壁垒"},
}
STAGES: Names = {
    "exploration": {"en": "exploration", "zh": "考察"},
    "formation": {"en": "formation", "zh": "形成"},
    "stability": {"en": "stability", "zh": "稳定"},
    "decline": {"en": "decline", "zh": "退化"},
}
STAGE_REASONS: Names = {
    "not_bought_yet": {
        "en": "The customer has bought nothing yet, or has kept nothing of it.",
        "zh": "客户尚未购买，或所购商品已全部退回。",
    },
    "bought_once": {"en": "The customer has bought once.", "zh": "客户购买过一次。"},
    "comes_back": {"en": "The customer has begun to come back.", "zh": "客户开始重复购买。"},
    "comes_back_steadily": {
        "en": "The customer has come back at least three times over half a year or more, in their own rhythm.",
        "zh": "客户在半年以上的时间里至少三次重复购买，且保持自己的节奏。",
    },
    "rhythm_broken": {
        "en": "The customer has not bought for more than twice as long as usual.",
        "zh": "客户未购买的时间已超过平常间隔的两倍。",
    },
    "silent_for_a_year": {"en": "The customer has not bought for a year.", "zh": "客户已一年未购买。"},
}
ASSOCIATION: Mapping[Language, str] = {
    "en": "Learned from what many customers did: an association, not a proven effect of bringing it about.",
    "zh": "根据众多客户的行为得出：这是相关关系，而非已证实的因果效果。",
}
SAVED: Mapping[Language, str] = {
    "en": (
        "Customers whose complaint is resolved quickly stay more often; for this one the difference comes to "
        "{amount} {currency} of potential value. An association, not a proven effect."
    ),
    "zh": (
        "投诉得到迅速解决的客户更常留下；对该客户，这一差别相当于{amount} {currency}的潜在价值。"
        "这是相关关系，而非已证实的因果效果。"
    ),
}


def with_labels(document: Visible, language: Language) -> dict[str, Any]:
    """Return the score with labels for its codes."""
    risk, stage = document["churn_risk"], document["lifecycle"]
    return document | {
        "churn_risk": risk
        | {
            "reason_label": REASONS[risk["reason"]][language],
            "motives": [{"code": code, "label": MOTIVES[code][language]} for code in risk["motives"]],
            "barriers": [{"code": code, "label": BARRIERS[code][language]} for code in risk["barriers"]],
        },
        "lifecycle": stage
        | {"label": STAGES[stage["stage"]][language], "sentence": STAGE_REASONS[stage["reason"]][language]},
        "complaints": [
            complaint | {"sentence": SAVED[language].format(**complaint["expected_value_saved"])}
            for complaint in document["complaints"]
        ],
    }
