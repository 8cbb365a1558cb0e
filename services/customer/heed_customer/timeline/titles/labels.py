"""Labels of the codes in events, as the seeded taxonomies have them. A code without a label stays as it is.

Services are independent, so the labels are here once more; a test compares them with those of the complaint service.
"""

from collections.abc import Mapping

from heed_common.languages import Language

Labels = Mapping[str, Mapping[Language, str]]


def _labels(**labels: tuple[str, str]) -> Labels:
    return {code: {"en": en, "zh": zh} for code, (en, zh) in labels.items()}


CHANNELS = _labels(
    phone=("phone", "电话"),
    visit=("visit", "来访"),
    web=("web", "网络"),
    mail=("e-mail", "电子邮件"),
    letter=("letter", "信函"),
    chat=("chat", "在线聊天"),
    social=("social media", "社交媒体"),
    call_centre=("call centre", "呼叫中心"),
    other=("other", "其他"),
    sms=("text message", "短信"),
    post=("post", "邮寄"),
    wecom=("WeCom", "企业微信"),
)
TAXONOMIES: Mapping[str, Labels] = {
    "category": _labels(
        product=("product", "产品"),
        service=("service", "服务"),
        delivery=("delivery", "配送"),
        billing=("billing", "账单"),
        staff=("staff", "人员"),
        other=("other", "其他"),
    ),
    "case_kind": _labels(
        complaint=("complaint", "投诉"),
        service_request=("service request", "服务请求"),
        enquiry=("enquiry", "咨询"),
        suggestion=("suggestion", "建议"),
        praise=("praise", "表扬"),
        unvoiced_grievance=("unvoiced grievance", "抱怨"),
    ),
    "severity": _labels(minor=("minor", "轻微"), major=("major", "严重"), critical=("critical", "危急")),
    "milestone": _labels(
        acknowledgement=("acknowledgement", "确认收到"),
        first_contact=("first contact", "联系"),
        commitment=("commitment", "承诺"),
        progress=("progress", "进展通报"),
        resolution=("resolution", "完成"),
        call_back=("call back", "回访"),
    ),
    "remedy": _labels(
        apology=("apology", "道歉"),
        explanation=("explanation", "解释"),
        repair=("repair", "维修"),
        replacement=("replacement", "更换"),
        refund=("refund", "退款"),
        compensation=("compensation", "赔偿"),
        goodwill=("goodwill gesture", "善意补偿"),
        correction=("correction", "更正"),
    ),
    "guarantee_scope": _labels(
        single_attribute=("single attribute", "单一属性"),
        several_attributes=("several attributes", "多重属性"),
        unconditional_satisfaction=("unconditional satisfaction", "无条件满意"),
        combined=("combined", "综合"),
    ),
    "channel": CHANNELS,
    "purchase_kind": _labels(goods=("goods", "商品"), service=("service", "服务")),
    "return_reason": _labels(
        faulty=("faulty", "有故障"),
        wrong_item=("wrong item", "发错商品"),
        not_wanted=("not wanted", "不想要"),
        late=("late", "送达过晚"),
        correction=("correction", "更正"),
        other=("other", "其他"),
    ),
    "score": _labels(churn_risk=("churn risk", "流失风险"), value=("value", "客户价值"), loyalty=("loyalty", "忠诚度")),
    "level": _labels(
        low=("low", "低"),
        elevated=("elevated", "较高"),
        high=("high", "高"),
        critical=("critical", "极高"),
        none=("none", "不忠诚"),
        spurious=("spurious", "虚伪忠诚"),
        latent=("latent", "潜在忠诚"),
        true=("true", "忠诚"),
    ),
    "rhythm": _labels(all=("all purchases", "全部购买"), life_event_candidate=("one category", "一个品类")),
    "message_outcome": _labels(
        failed=("failed", "发送失败"), bounced=("bounced", "被退回"), suppressed=("suppressed", "未发送")
    ),
    "purpose": _labels(
        service=("service", "服务"),
        survey=("surveys", "调查"),
        marketing=("marketing", "营销"),
        profiling=("profiling", "画像"),
        sensitive=("sensitive data", "敏感信息"),
    ),
    "contact_kind": _labels(
        phone=("telephone", "电话"),
        mail=("e-mail address", "电子邮箱"),
        post=("postal address", "邮寄地址"),
        wecom=("WeCom", "企业微信"),
        other=("other contact", "其他联系方式"),
    ),
    "contact_change": _labels(
        created=("added", "已添加"),
        updated=("changed", "已更改"),
        verified=("verified", "已验证"),
        bounced=("bounced", "无法送达"),
        deleted=("deleted", "已删除"),
    ),
    "message_template": {
        "complaint.acknowledgement": {"en": "acknowledgement", "zh": "受理确认"},
        "complaint.progress": {"en": "progress", "zh": "进展通报"},
        "complaint.decision": {"en": "decision", "zh": "处理决定"},
        "complaint.remedy": {"en": "remedy", "zh": "补救措施"},
        "complaint.call_back": {"en": "call-back", "zh": "回访"},
        "complaint.closed": {"en": "closing", "zh": "结案"},
        "complaint.reply": {"en": "reply", "zh": "回复"},
        "contact_code": {"en": "verification code", "zh": "验证码"},
    },
    "granted": _labels(true=("granted", "同意"), false=("refused", "拒绝")),
    "kept": _labels(true=("kept", "已兑现"), false=("broken", "未兑现")),
    "solved": _labels(true=("solved", "已解决"), false=("not solved", "未解决"), null=("not reached", "未联系上")),
}


def label(taxonomy: str, code: object, language: Language) -> str:
    """Return the label of the code; of a code of two levels that of the first one, with the second as it is."""
    text = "null" if code is None else str(code).lower() if isinstance(code, bool) else str(code)
    labels = TAXONOMIES.get(taxonomy, {})
    if text in labels:
        return labels[text][language]
    first, dot, second = text.partition(".")
    known = labels.get(first)
    return f"{known[language] if known else first}{dot and f' ({second})'}"
