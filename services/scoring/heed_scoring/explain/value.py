"""The factors of value, in words."""

from heed_scoring.explain.phrases import Phrases, Words

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
        "en": Words(
            "{0} of 365 days", "The customer's share of the fixed marketing cost, for {0:day|days}, is {effect}."
        ),
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
    "indicator_gross_profit": {
        "en": Words(YEAR["en"], "By the part of the gross profit that is known, the year was worth {effect}."),
        "zh": Words(YEAR["zh"], "按已知的毛利估计，这一年带来{effect}。"),
    },
    "indicator_purchase_volume": {
        "en": Words("purchase days: {0}", "Purchases on {0:day|days} of the last 365 let the year count {effect}."),
        "zh": Words("购买日：{0}", "最近365天有{0}个购买日，据此这一年计{effect}。"),
    },
    "indicator_service_cost": {
        "en": Words(YEAR["en"], "That serving the customer cost little, or much, lets the year count {effect}."),
        "zh": Words(YEAR["zh"], "按服务成本的高低，这一年计{effect}。"),
    },
    "indicator_loyalty": {
        "en": Words(NEXT["en"], "The customer's loyalty lets us expect {effect} of last year's profit again."),
        "zh": Words(NEXT["zh"], "按客户的忠诚度，去年的利润中预计还会有{effect}。"),
    },
    "indicator_trust": {
        "en": Words("{0} of 1", "The customer's trust ({0} of 1) lets us expect {effect} of last year's profit again."),
        "zh": Words("{0}（满分1）", "按客户的信任（{0}，满分1），去年的利润中预计还会有{effect}。"),
    },
    "indicator_referrals": {
        "en": Words("referrals: {0}", "Referrals ({0}) let us expect {effect} of last year's profit again."),
        "zh": Words("推荐：{0}", "按推荐次数（{0}次），去年的利润中预计还会有{effect}。"),
    },
}
