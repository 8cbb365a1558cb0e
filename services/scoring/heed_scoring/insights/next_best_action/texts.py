"""Actions, rules and bonds in words, English and Chinese."""

from collections.abc import Mapping

from heed_common.languages import Language

Labels = Mapping[str, Mapping[Language, str]]

BONDS: Labels = {
    "financial": {"en": "financial benefit", "zh": "财务利益"},
    "social": {"en": "social benefit", "zh": "社会利益"},
    "structural": {"en": "structural tie", "zh": "结构性联系"},
}
CLASSES: Labels = {
    "true": {"en": "true loyalty", "zh": "忠诚"},
    "latent": {"en": "latent loyalty", "zh": "潜在忠诚"},
    "spurious": {"en": "spurious loyalty", "zh": "虚伪忠诚"},
    "none": {"en": "no loyalty", "zh": "不忠诚"},
    "unknown": {"en": "not known", "zh": "未知"},
}
ACTIONS: Labels = {
    "resolve_complaint": {"en": "Resolve the complaint; sell nothing until then", "zh": "先解决投诉，期间不做推销"},
    "ask_and_repair": {"en": "Ask what is wrong and put it right", "zh": "询问不满之处并予以补救"},
    "wait": {"en": "Sell nothing for now", "zh": "暂不推销"},
    "welcome": {"en": "Make the first purchase easy with a welcome offer", "zh": "以迎新优惠促成首次购买"},
    "care_offer": {"en": "Ask how things are and offer care", "zh": "关怀问候，了解近况"},
    "loyalty_reward": {"en": "Reward the loyalty", "zh": "奖励忠诚"},
    "personal_attention": {"en": "Let the account manager call in person", "zh": "由客户经理亲自联系"},
    "partnership": {"en": "Deepen it into a partnership", "zh": "深化为伙伴关系"},
    "purchase_incentive": {"en": "Give a reason to buy more often", "zh": "提供增加购买的激励"},
    "invitation": {"en": "Invite to events and to the community", "zh": "邀请参加活动与客户社群"},
    "easier_buying": {"en": "Remove what stands in the way of buying", "zh": "消除购买障碍，方便购买"},
    "price_advantage": {"en": "Keep the price advantage", "zh": "保持价格优势"},
    "closer_relation": {"en": "Build a personal relation", "zh": "建立个人关系"},
    "switching_cost": {
        "en": "Tie products and services together",
        "zh": "捆绑产品与服务，提高转移成本",
    },
    "win_back_offer": {"en": "Make a modest offer to win back", "zh": "以适度优惠争取回流"},
    "ask_for_reason": {"en": "Ask for the reason of staying away", "zh": "询问疏离的原因"},
    "term_contract": {"en": "Offer a contract with a term and a service of its own", "zh": "提供带专属服务的定期合约"},
    "small_thanks": {"en": "Say thanks with a small gift", "zh": "以小礼致谢"},
    "ask_opinion": {"en": "Ask for the customer's opinion", "zh": "征询客户意见"},
    "membership": {"en": "Offer a membership", "zh": "邀请加入会员"},
}
RULES: Labels = {
    "open_complaint": {
        "en": "A complaint is open: nothing is sold before it is solved.",
        "zh": "有未结投诉：解决之前不做推销。",
    },
    "dissatisfied": {
        "en": "The last answers are below the middle of the scale: listen before you sell.",
        "zh": "最近的回答低于量表中点：先倾听，后推销。",
    },
    "other": {"en": "Nothing is to be sold to this customer for now.", "zh": "目前不宜向该客户推销。"},
    "never_bought": {
        "en": "The customer has bought nothing yet, or has kept nothing of it.",
        "zh": "客户尚未购买，或所购商品已全部退回。",
    },
    "price_gap": {
        "en": "Price is the reason to leave: against a large price gap only structural bonds hold.",
        "zh": "流失原因是价格：面对较大的价差，只有结构性联系能留住客户。",
    },
    "life_event": {
        "en": "One category is not bought any more while others go on: something may have changed in life.",
        "zh": "某一品类停止购买而其他照常：生活可能发生了变化。",
    },
    "hold_the_attached": {
        "en": "Attached to us, and yet likely to leave: a person holds better than a price.",
        "zh": "有情感依附却可能流失：人情比价格更能挽留。",
    },
    "let_leaving_cost": {
        "en": "Little attachment and likely to leave: let leaving cost.",
        "zh": "缺乏依附且可能流失：让离开付出代价。",
    },
    "deepen": {
        "en": "Loyal, valuable and long with us: work together on the customer's success.",
        "zh": "忠诚、价值高、关系稳定：共同促成客户的成功。",
    },
    "reward_the_loyal": {"en": "Loyal: reward the loyal.", "zh": "忠诚客户：奖励忠诚者。"},
    "encourage_the_wavering": {
        "en": "Likes us and buys little: encourage the wavering.",
        "zh": "态度好但购买少：鼓励摇摆者。",
    },
    "win_attachment": {
        "en": "Buys without being attached: win the heart before the barrier falls.",
        "zh": "购买但缺乏依附：在壁垒消失之前赢得人心。",
    },
    "win_back": {"en": "Neither attached nor buying much: a modest offer.", "zh": "既无依附也少购买：适度争取。"},
    "get_to_know": {
        "en": "What the customer thinks of us is not known: ask.",
        "zh": "尚不了解客户的态度：先征询意见。",
    },
}
