"""The texts of the preference page, in both languages."""

from heed_common.contracts.customer import ConsentChannel, ConsentPurpose
from heed_common.languages import Language

Translated = dict[Language, str]

PAGE_TEXTS: dict[str, Translated] = {
    "title": {"en": "How we may reach you", "zh": "联系与同意设置"},
    "intro": {
        "en": "You decide what we may use your data for and how we may write to you. Every change holds at once.",
        "zh": "您可以决定我们如何使用您的资料、以何种方式联系您。每项更改立即生效。",
    },
    "allowed": {"en": "Allowed", "zh": "已同意"},
    "not_allowed": {"en": "Not allowed", "zh": "未同意"},
    "grant": {"en": "Allow", "zh": "同意"},
    "withdraw": {"en": "Withdraw", "zh": "撤回"},
    "keep": {
        "en": "Whoever has the address of this page can change these settings. Please do not pass it on.",
        "zh": "任何拥有此页地址的人都能更改这些设置，请勿转发。",
    },
    "done_title": {"en": "You are unsubscribed", "zh": "您已退订"},
    "done": {"en": "You will get no more of these messages.", "zh": "您将不再收到此类消息。"},
    "all_settings": {"en": "All settings", "zh": "全部设置"},
    "problem": {"en": "Sorry", "zh": "抱歉"},
    "for": {"en": "{purpose}: {channel}", "zh": "{purpose}：{channel}"},
}
PURPOSES: dict[ConsentPurpose, Translated] = {
    ConsentPurpose.SERVICE: {"en": "Service", "zh": "服务"},
    ConsentPurpose.SURVEY: {"en": "Surveys", "zh": "满意度调查"},
    ConsentPurpose.MARKETING: {"en": "Offers and news", "zh": "优惠与资讯"},
    ConsentPurpose.PROFILING: {"en": "Profile", "zh": "个人画像"},
    ConsentPurpose.SENSITIVE: {"en": "Sensitive data", "zh": "敏感个人信息"},
}
DESCRIPTIONS: dict[ConsentPurpose, Translated] = {
    ConsentPurpose.SERVICE: {
        "en": "About your orders, questions and complaints.",
        "zh": "有关您的订单、咨询和投诉。",
    },
    ConsentPurpose.SURVEY: {"en": "Questions about how satisfied you are.", "zh": "了解您是否满意的问卷。"},
    ConsentPurpose.MARKETING: {"en": "Offers, events and news about our products.", "zh": "产品优惠、活动和资讯。"},
    ConsentPurpose.PROFILING: {
        "en": "We use what we know about you to suggest what suits you.",
        "zh": "我们根据对您的了解推荐适合您的内容。",
    },
    ConsentPurpose.SENSITIVE: {
        "en": "We store sensitive data that you gave us, such as your identity number.",
        "zh": "我们保存您提供的敏感个人信息，例如身份证号。",
    },
}
CHANNELS: dict[ConsentChannel, Translated] = {
    ConsentChannel.PHONE: {"en": "By telephone", "zh": "电话"},
    ConsentChannel.MAIL: {"en": "By email", "zh": "电子邮件"},
    ConsentChannel.SMS: {"en": "By text message", "zh": "短信"},
    ConsentChannel.POST: {"en": "By post", "zh": "邮寄"},
    ConsentChannel.WECOM: {"en": "By WeCom", "zh": "企业微信"},
}
PROBLEMS: dict[str, Translated] = {
    "link_unknown": {
        "en": "This link leads nowhere. Please look whether all of it was copied.",
        "zh": "此链接无效。请检查是否复制完整。",
    },
    "link_expired": {
        "en": "This link has expired. Please ask us for a new one.",
        "zh": "此链接已过期，请向我们索取新链接。",
    },
    "guardian_needed": {
        "en": "A parent or guardian has to allow this. Please contact us together.",
        "zh": "此项须由父母或监护人同意，请与监护人一起联系我们。",
    },
    "too_often": {
        "en": "That was too often in a short time. Please wait a moment and try again.",
        "zh": "操作过于频繁，请稍候再试。",
    },
}
ANY_PROBLEM: Translated = {"en": "That did not work. Please try again later.", "zh": "操作没有成功，请稍后再试。"}
