"""Texts of the form in both languages, besides those of the questionnaire."""

from heed_common.languages import Language

Translated = dict[Language, str]

OTHER_LANGUAGE: dict[Language, Language] = {"en": "zh", "zh": "en"}

PAGE_TEXTS: dict[str, Translated] = {
    "skip": {"en": "Skip to the questions", "zh": "跳到问题"},
    "progress": {"en": "Page {number} of {total}", "zh": "第 {number} 页，共 {total} 页"},
    "next": {"en": "Next", "zh": "下一页"},
    "back": {"en": "Back", "zh": "上一页"},
    "send": {"en": "Send my answers", "zh": "提交"},
    "optional": {"en": "(optional)", "zh": "（选填）"},
    "problem": {"en": "There is a problem", "zh": "请检查以下内容"},
    "error": {"en": "Error", "zh": "错误"},
    "anonymous": {
        "en": "Your answers are anonymous: they are stored without your name and without anything that leads to you.",
        "zh": "本次调查为匿名调查：您的回答不会与您的姓名或任何可识别您的信息一起保存。",
    },
    "saved": {
        "en": "Each page is saved when you go on. To finish later, on this device or another one, open the same link.",
        "zh": "每翻一页，您的回答都会自动保存。如需稍后继续，在任何设备上再次打开同一链接即可。",
    },
    "duration": {"en": "About {minutes} min", "zh": "约 {minutes} 分钟"},
    "questions": {"en": "{count} questions", "zh": "{count} 个问题"},
    "question": {"en": "1 question", "zh": "1 个问题"},
    "expectation": {"en": "What you expect of an excellent provider", "zh": "您对优秀企业的期望"},
    "perception": {"en": "What you experience with us", "zh": "您在我们这里的实际感受"},
    "functional": {"en": "How do you feel if it is there?", "zh": "如果具备这一点，您觉得如何？"},
    "dysfunctional": {"en": "How do you feel if it is not there?", "zh": "如果不具备这一点，您觉得如何？"},
    "own": {"en": "With us", "zh": "我们"},
    "competitor": {"en": "With the other provider you know best", "zh": "您最熟悉的其他企业"},
    "like": {"en": "I like it", "zh": "我很喜欢"},
    "expect": {"en": "It must be that way", "zh": "理应如此"},
    "neutral": {"en": "I do not mind either way", "zh": "无所谓"},
    "live_with": {"en": "I can live with it", "zh": "勉强可以接受"},
    "dislike": {"en": "I dislike it", "zh": "我不喜欢"},
    "several": {"en": "You may choose more than one.", "zh": "可多选。"},
    "number": {"en": "A number, for example 12 or 12.5", "zh": "请填写数字，例如 12 或 12.5"},
    "money": {"en": "An amount in {currency}, for example 120", "zh": "请填写金额（{currency}），例如 120"},
    "personal_data": {
        "en": "Please write no names, telephone numbers or addresses here.",
        "zh": "请不要在此填写姓名、电话或地址。",
    },
    "thanks": {"en": "Thank you", "zh": "感谢您的参与"},
    "received": {
        "en": "Your answers have been received. You can close this page.",
        "zh": "我们已收到您的回答，您可以关闭本页面。",
    },
    "restart": {"en": "Go on with the new questions", "zh": "继续填写新版问卷"},
    "reload": {"en": "Try again", "zh": "重试"},
}
ERROR_TEXTS: dict[str, Translated] = {
    "missing": {"en": "Please answer this question.", "zh": "请回答此题。"},
    "off_the_scale": {"en": "Please choose one of the values shown.", "zh": "请选择所列选项之一。"},
    "not_a_number": {"en": "Please write a number, for example 12 or 12.5.", "zh": "请填写数字，例如 12 或 12.5。"},
    "number_out_of_range": {
        "en": "Please write a number from {lowest} to {highest}.",
        "zh": "请填写 {lowest} 到 {highest} 之间的数字。",
    },
    "too_long": {
        "en": "Please shorten this text to {limit} characters at most.",
        "zh": "内容过长，请缩短到 {limit} 个字以内。",
    },
}
PROBLEM_TITLES: dict[str, Translated] = {
    "link_used": {"en": "Thank you", "zh": "感谢您的参与"},
    "form_sent": {"en": "Thank you", "zh": "感谢您的参与"},
    "quota_full": {"en": "Thank you for your interest", "zh": "感谢您的关注"},
    "version_changed": {"en": "The questions have changed", "zh": "问卷已更新"},
}
PROBLEM_TITLE: Translated = {"en": "Sorry", "zh": "抱歉"}
PROBLEM_TEXTS: dict[str, Translated] = {
    "link_not_found": {
        "en": "This link leads nowhere. Please check whether all of it was copied.",
        "zh": "此链接无效，请检查是否复制完整。",
    },
    "link_expired": {
        "en": "The time for answering has passed, so this link is no longer valid. Thank you for having wanted to take "
        "part.",
        "zh": "本次调查的作答时间已过，此链接已失效。感谢您的支持。",
    },
    "link_used": {
        "en": "Your answers have been received. Each link can be used once, so there is nothing more to do.",
        "zh": "我们已收到您的回答。每个链接只能使用一次，您无需再做任何操作。",
    },
    "form_sent": {"en": "Your answers have been received.", "zh": "我们已收到您的回答。"},
    "survey_closed": {
        "en": "This survey has ended. Thank you for having wanted to take part.",
        "zh": "本次调查已经结束，感谢您的支持。",
    },
    "survey_not_published": {
        "en": "This survey has not begun yet. Please try again later.",
        "zh": "本次调查尚未开始，请稍后再试。",
    },
    "quota_full": {
        "en": "We have already received enough answers from customers like you, so we do not need to take more of your "
        "time.",
        "zh": "与您情况相近的客户回答已经足够，这次就不再占用您的时间了。",
    },
    "version_changed": {
        "en": "The questions have changed since you began. Where a question is the same, your answer is carried over.",
        "zh": "您开始填写之后，问卷内容有所更新。题目未变的部分，您的回答已为您保留。",
    },
    "form_expired": {
        "en": "This page was open for too long. Please load it again.",
        "zh": "页面打开时间过长，请重新加载。",
    },
    "too_often": {
        "en": "Many answers came from this connection in a short time. Please wait a moment and try again.",
        "zh": "短时间内来自此网络的提交过多，请稍候再试。",
    },
    "too_large": {"en": "That is too long. Please shorten it.", "zh": "内容过长，请缩短后再试。"},
    "validation_failed": {"en": "The form did not arrive whole. Please try again.", "zh": "提交的内容不完整，请重试。"},
}
DEFAULT_PROBLEM: Translated = {
    "en": "That did not work. Please try again later.",
    "zh": "操作没有成功，请稍后再试。",
}
