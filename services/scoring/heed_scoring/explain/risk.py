"""Texts of the factors of churn risk."""

from heed_scoring.explain.phrases import FactorPhrases, Phrase

RISK: FactorPhrases = {
    "purchase_pattern": {
        "en": Phrase(
            "{0:purchase day|purchase days}, last {1:day|days} ago",
            "By the purchases alone ({0:purchase day|purchase days}, the last {1:day|days} ago) {effect}.",
        ),
        "zh": Phrase("{0}个购买日，最近一次在{1}天前", "仅从购买情况看（{0}个购买日，最近一次在{1}天前），{effect}。"),
    },
    "no_purchases": {
        "en": Phrase("no purchase was kept", "As with anybody of whom no purchase is known, {effect}."),
        "zh": Phrase("无有效购买", "尚无有效购买，与任何此类客户一样，{effect}。"),
    },
    "open_complaint": {
        "en": Phrase("{0}, {1}, opened {2}", "A {0} complaint, opened on {2} and {1}, {effect}."),
        "zh": Phrase("{0}，{1}，{2}提出", "{2}提出的{0}投诉（{1}）{effect}。"),
    },
    "complaint": {
        "en": Phrase("{0}, {1}, opened {2}", "A {0} complaint of {2}, {1}, {effect}."),
        "zh": Phrase("{0}，{1}，{2}提出", "{2}提出的{0}投诉（{1}）{effect}。"),
    },
    "satisfaction_trend": {
        "en": Phrase("{0} of 1", "From the best answer to the last, satisfaction moved by {0} of 1, which {effect}."),
        "zh": Phrase("{0}（满分1）", "从最高回答到最近回答，满意度变化{0}（满分1），{effect}。"),
    },
    "attitude": {
        "en": Phrase(
            "{0} of 1",
            "Answers on recommending, trusting and buying again put the attitude at {0} of 1, which {effect}.",
        ),
        "zh": Phrase("{0}（满分1）", "关于推荐、信任和再次购买的回答显示态度为{0}（满分1），{effect}。"),
    },
    "returns": {
        "en": Phrase("{0}, mostly {1}", "Of what was bought, a share of {0} came back, mostly {1}, which {effect}."),
        "zh": Phrase("{0}，主要原因：{1}", "所购商品的退货比例为{0}，主要原因：{1}，{effect}。"),
    },
    "rhythm": {
        "en": Phrase(
            "{0:day|days}, usually {1}",
            "The last purchase was {0:day|days} ago, where {1:day is|days are} usual, which {effect}.",
        ),
        "zh": Phrase("{0}天，通常为{1}天", "距最近一次购买已{0}天，而通常间隔为{1}天，{effect}。"),
    },
    "hand_overs": {
        "en": Phrase("{0}", "The account manager changed {0:time|times}, which {effect}."),
        "zh": Phrase("{0}次", "客户经理更换了{0}次，{effect}。"),
    },
    "barriers": {
        "en": Phrase("{0} of 1", "What keeps the customer from leaving is put at {0} of 1, which {effect}."),
        "zh": Phrase("{0}（满分1）", "阻碍客户离开的因素强度为{0}（满分1），{effect}。"),
    },
}
