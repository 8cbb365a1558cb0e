"""Texts of the factors of loyalty."""

from heed_scoring.explain.phrases import FactorPhrases, Phrase

LOYALTY: FactorPhrases = {
    "repeat_purchases": {
        "en": Phrase("{0}", "The customer came back to buy {0:time|times}, which {effect}."),
        "zh": Phrase("{0}", "客户重复购买{0}次，{effect}。"),
    },
    "relationship_weeks": {
        "en": Phrase("{0}", "From the first to the last purchase {0:week has|weeks have} passed, which {effect}."),
        "zh": Phrase("{0}", "从首次到最近一次购买，关系已维持{0}周，{effect}。"),
    },
    "recency": {
        "en": Phrase("{0}", "The last purchase came at {0} of the time since the first, which {effect}."),
        "zh": Phrase("{0}", "最近一次购买位于首次购买以来时间的{0}处，{effect}。"),
    },
    "returned_share": {
        "en": Phrase("{0}", "Of what was bought, a share of {0} was brought back, which {effect}."),
        "zh": Phrase("{0}", "所购商品的退货比例为{0}，{effect}。"),
    },
    "satisfaction": {
        "en": Phrase("{0} of 1", "The customer's last answers put satisfaction at {0} of 1, which {effect}."),
        "zh": Phrase("{0}（满分1）", "客户最近的回答显示满意度为{0}（满分1），{effect}。"),
    },
    "referrals": {
        "en": Phrase("{0}", "The customer referred others {0:time|times}, which {effect}."),
        "zh": Phrase("{0}", "客户推荐了他人{0}次，{effect}。"),
    },
    "cross_buying": {
        "en": Phrase("{0}", "The customer bought in {0:category|categories}, which {effect}."),
        "zh": Phrase("{0}", "客户在{0}个品类中购买过，{effect}。"),
    },
    "recommendation": {
        "en": Phrase("{0} of 1", "The customer would recommend us, {0} of 1 in the last answers, which {effect}."),
        "zh": Phrase("{0}（满分1）", "客户最近的回答显示推荐意愿为{0}（满分1），{effect}。"),
    },
    "effort": {
        "en": Phrase(
            "{0} of 1", "The customer's last answers put the ease of dealing with us at {0} of 1, which {effect}."
        ),
        "zh": Phrase("{0}（满分1）", "客户最近的回答显示办事便利程度为{0}（满分1），{effect}。"),
    },
}
