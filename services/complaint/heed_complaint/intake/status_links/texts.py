"""The texts of the status page, in both languages."""

from heed_common.contracts.complaint import ComplaintStatus
from heed_common.languages import Language
from heed_complaint.intake.status_links.rules import PublicStatus

Translated = dict[Language, str]

PAGE_TEXTS: dict[str, Translated] = {
    "title": {"en": "How it stands", "zh": "处理进度"},
    "about": {"en": "About {category}, received {at}", "zh": "关于{category}，收到时间：{at}"},
    "promise": {"en": "What we promised", "zh": "我们的承诺"},
    "by": {"en": "By {at}", "zh": "期限：{at}"},
    "messages": {"en": "Messages", "zh": "消息"},
    "none": {"en": "There are no messages yet.", "zh": "还没有消息。"},
    "desk": {"en": "We wrote", "zh": "我们"},
    "customer": {"en": "You wrote", "zh": "您"},
    "answer": {"en": "Write to us", "zh": "给我们留言"},
    "send": {"en": "Send", "zh": "发送"},
    "keep": {
        "en": "Keep this page's address: it is the only way back here. Whoever has it can read this page.",
        "zh": "请保存本页地址：这是返回本页的唯一途径。任何拥有此地址的人都能查看本页。",
    },
}
STATUS_TEXTS: dict[ComplaintStatus | PublicStatus, Translated] = {
    ComplaintStatus.RECEIVED: {"en": "We have received it.", "zh": "我们已经收到。"},
    ComplaintStatus.ACCEPTED: {"en": "We have taken it up.", "zh": "我们已经受理。"},
    ComplaintStatus.REFERRED: {"en": "Somebody better placed looks after it.", "zh": "已转交给更合适的部门处理。"},
    ComplaintStatus.DECLINED: {"en": "We cannot take it up.", "zh": "很抱歉，我们无法受理。"},
    ComplaintStatus.CONTACTED: {"en": "We are in touch with you about it.", "zh": "我们正在与您联系。"},
    ComplaintStatus.COMMITTED: {"en": "We have made you a promise.", "zh": "我们已向您作出承诺。"},
    ComplaintStatus.COMPLETED: {
        "en": "We believe that it is solved. Please tell us if not.",
        "zh": "我们认为问题已经解决。如果没有，请告诉我们。",
    },
    ComplaintStatus.CONFIRMED: {"en": "You told us that it is solved.", "zh": "您已确认问题解决。"},
    ComplaintStatus.CALLED_BACK: {"en": "We have asked you how it went.", "zh": "我们已经对您进行了回访。"},
    ComplaintStatus.CLOSED: {"en": "It is closed.", "zh": "已经结案。"},
    ComplaintStatus.WITHDRAWN: {"en": "You have withdrawn it.", "zh": "您已撤回。"},
    PublicStatus.WAITING: {"en": "We are waiting for an answer from you.", "zh": "我们正在等待您的答复。"},
    PublicStatus.MESSAGE_RECEIVED: {
        "en": "We have received your message and will answer it.",
        "zh": "我们已收到您的留言，会尽快答复您。",
    },
}
HANDLED_TOGETHER: Translated = {
    "en": "It is handled together with another report about the same matter.",
    "zh": "已与同一问题的其他反映合并处理。",
}
