"""Texts of the factors of value."""

from heed_scoring.explain.phrases import FactorPhrases, Phrase

YEAR = {"en": "last 365 days", "zh": "最近365天"}
NEXT = {"en": "next 12 months", "zh": "未来12个月"}
VALUE: FactorPhrases = {
    "paid": {
        "en": Phrase(YEAR["en"], "In the last 365 days the customer paid {effect}."),
        "zh": Phrase(YEAR["zh"], "最近365天客户支付了{effect}。"),
    },
    "production_cost": {
        "en": Phrase(YEAR["en"], "Making or buying what was sold cost {effect}."),
        "zh": Phrase(YEAR["zh"], "所售商品的生产或采购成本为{effect}。"),
    },
    "variable_marketing_cost": {
        "en": Phrase(YEAR["en"], "Contacts and campaigns cost {effect}."),
        "zh": Phrase(YEAR["zh"], "联系与营销活动的变动成本为{effect}。"),
    },
    "fixed_marketing_cost": {
        "en": Phrase(
            "{0} of 365 days", "The customer's share of the fixed marketing cost, for {0:day|days}, is {effect}."
        ),
        "zh": Phrase("365天中的{0}天", "按{0}天分摊的固定营销成本为{effect}。"),
    },
    "service_cost": {
        "en": Phrase("complaints: {0}", "Serving the customer (complaints in the last 365 days: {0}) cost {effect}."),
        "zh": Phrase("投诉：{0}", "服务该客户（最近365天投诉{0}次）的成本为{effect}。"),
    },
    "remedies": {
        "en": Phrase("remedies: {0}", "Remedies granted in the last 365 days ({0}) cost {effect}."),
        "zh": Phrase("补救：{0}", "最近365天给予的补救（{0}次）成本为{effect}。"),
    },
    "expected_purchases": {
        "en": Phrase(NEXT["en"], "The purchases expected in the next 12 months are worth {effect} today."),
        "zh": Phrase(NEXT["zh"], "未来12个月的预期购买折现价值为{effect}。"),
    },
    "indicator_gross_profit": {
        "en": Phrase(YEAR["en"], "By the part of the gross profit that is known, the year was worth {effect}."),
        "zh": Phrase(YEAR["zh"], "按已知的毛利估计，这一年带来{effect}。"),
    },
    "indicator_purchase_volume": {
        "en": Phrase("purchase days: {0}", "Purchases on {0:day|days} of the last 365 let the year count {effect}."),
        "zh": Phrase("购买日：{0}", "最近365天有{0}个购买日，据此这一年计{effect}。"),
    },
    "indicator_service_cost": {
        "en": Phrase(YEAR["en"], "That serving the customer cost little, or much, lets the year count {effect}."),
        "zh": Phrase(YEAR["zh"], "按服务成本的高低，这一年计{effect}。"),
    },
    "indicator_loyalty": {
        "en": Phrase(NEXT["en"], "The customer's loyalty lets us expect {effect} of last year's profit again."),
        "zh": Phrase(NEXT["zh"], "按客户的忠诚度，去年的利润中预计还会有{effect}。"),
    },
    "indicator_trust": {
        "en": Phrase(
            "{0} of 1", "The customer's trust ({0} of 1) lets us expect {effect} of last year's profit again."
        ),
        "zh": Phrase("{0}（满分1）", "按客户的信任（{0}，满分1），去年的利润中预计还会有{effect}。"),
    },
    "indicator_referrals": {
        "en": Phrase("referrals: {0}", "Referrals ({0}) let us expect {effect} of last year's profit again."),
        "zh": Phrase("推荐：{0}", "按推荐次数（{0}次），去年的利润中预计还会有{effect}。"),
    },
}
