"""Labels of the loyalty indicators, in English and Chinese."""

from collections.abc import Mapping

from heed_common.languages import Language

LABELS: Mapping[str, Mapping[Language, str]] = {
    "behaviour": {"en": "behaviour", "zh": "行为"},
    "attitude": {"en": "attitude", "zh": "态度"},
    "repeat_purchases": {"en": "repeat purchases", "zh": "重复购买次数"},
    "relationship_weeks": {"en": "length of the relationship", "zh": "关系持续时间"},
    "recency": {"en": "recency", "zh": "客户保持"},
    "returned_share": {"en": "returns", "zh": "退货比例"},
    "referrals": {"en": "referrals", "zh": "推荐"},
    "cross_buying": {"en": "cross-buying", "zh": "交叉购买"},
    "satisfaction": {"en": "satisfaction", "zh": "满意度"},
    "recommendation": {"en": "recommendation", "zh": "推荐意愿"},
    "effort": {"en": "ease of dealing with us", "zh": "办事便利程度"},
}
