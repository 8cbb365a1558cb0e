"""The texts of the form, in both languages."""

from heed_common.languages import Language

TEXTS: dict[str, dict[Language, str]] = {
    "title": {"en": "Tell us what went wrong", "zh": "告诉我们哪里出了问题"},
    "welcome": {
        "en": "Every complaint helps us to do better. You need no account.",
        "zh": "您的每一条意见都在帮助我们改进。无需注册。",
    },
    "choose": {"en": "What is it about?", "zh": "是关于什么的？"},
    "about": {"en": "It is about: {category}", "zh": "关于：{category}"},
    "other": {"en": "Something else", "zh": "换一个"},
    "help": {"en": "Does this help already?", "zh": "这些内容能帮到您吗？"},
    "helped": {"en": "This helped me", "zh": "已解决我的问题"},
    "glad": {"en": "We are glad that it helped.", "zh": "很高兴能帮到您。"},
    "still": {"en": "If not, you are welcome to write to us.", "zh": "如果还没有解决，欢迎继续给我们留言。"},
    "back": {"en": "To the form", "zh": "返回表单"},
    "kind": {"en": "What would you like to do?", "zh": "您想要"},
    "description": {"en": "What happened?", "zh": "发生了什么？"},
    "product": {"en": "Product or order", "zh": "产品或订单"},
    "occurred_on": {"en": "When did it happen?", "zh": "什么时候发生的？"},
    "name": {"en": "Your name", "zh": "您的姓名"},
    "contact": {"en": "E-mail address or telephone number", "zh": "电子邮箱或电话号码"},
    "contact_hint": {
        "en": "Only if we may write or call you. You can also follow it with the link that you get.",
        "zh": "仅当您愿意接受我们联系时填写。您也可以通过提交后获得的链接查看进度。",
    },
    "optional": {"en": "(if you like)", "zh": "(可不填)"},
    "leave_empty": {"en": "Leave this empty", "zh": "请勿填写此项"},
    "send": {"en": "Send", "zh": "提交"},
    "look_again": {"en": "Please look again at:", "zh": "请检查："},
    "category": {"en": "What it is about", "zh": "类别"},
}
KINDS: dict[str, dict[Language, str]] = {
    "complaint": {"en": "Complain", "zh": "投诉"},
    "service_request": {"en": "Ask for a service", "zh": "请求服务"},
    "enquiry": {"en": "Ask a question", "zh": "咨询"},
    "suggestion": {"en": "Suggest something", "zh": "提出建议"},
    "praise": {"en": "Praise somebody", "zh": "表扬"},
}
