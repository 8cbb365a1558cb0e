"""The factors of value, in words."""

from heed_scoring.phrases import Phrases, Words

YEAR = {"en": "last 365 days", "zh": "最近365天"}
NEXT = {"en": "next 12 months", "zh": "未来12个月"}
VALUE: Phrases = {
    "paid": {
        "en": Words(YEAR["en"], "In the last 365 days the customer paid {effect}."),
        "zh": Words(YEAR["zh"], "最近365天客户支付了{effect}。"),
    },
    "production_cost": {
        "en": Words(YEAR["en"], "Making or buying what was sold cost {effect}."),
        "zh": Words(YEAR["zh"], "所售商品的生产或采购成本为{effect}。"),
    },
    "variable_marketing_cost": {
        "en": Words(YEAR["en"], "Contacts and campaigns cost {effect}."),
        "zh": Words(YEAR["zh"], "联系与营销活动的变动成本为{effect}。"),
    },
    "fixed_marketing_cost": {
        "en": Words("{0} of 365 days", "The customer's share of the fixed marketing cost, for {0} days, is {effect}."),
        "zh": Words("365天中的{0}天", "按{0}天分摊的固定营销成本为{effect}。"),
    },
    "service_cost": {
        "en": Words("complaints: {0}", "Serving the customer (complaints in the last 365 days: {0}) cost {effect}."),
        "zh": Words("投诉：{0}", "服务该客户（最近365天投诉{0}次）的成本为{effect}。"),
    },
    "remedies": {
        "en": Words("remedies: {0}", "Remedies granted in the last 365 days ({0}) cost {effect}."),
        "zh": Words("补救：{0}", "最近365天给予的补救（{0}次）成本为{effect}。"),
    },
    "expected_purchases": {
        "en": Words(NEXT["en"], "The purchases expected in the next 12 months are worth {effect} today."),
        "zh": Words(NEXT["zh"], "未来12个月的预期购买折现价值为{effect}。"),
    },
}
