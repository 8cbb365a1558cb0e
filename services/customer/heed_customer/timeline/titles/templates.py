"""Templates of titles, one for each event type.

`{field}` is a field of the event, `{field:taxonomy}` the label of the code in it.
"""

from collections.abc import Mapping

from heed_common.languages import Language

Template = Mapping[Language, str]
CASE = "{case:case_kind}"


def _case(en: str, zh: str) -> Template:
    """Return the template of an event about a case, whose kind comes first."""
    return {"en": f"{CASE} {en}", "zh": f"{CASE}{zh}"}


COMPLAINT: Mapping[str, Template] = {
    "heed.complaint.opened": _case(
        "opened: {category:category}, {severity:severity}", "已提交：{category:category}，{severity:severity}"
    ),
    "heed.complaint.imported": _case(
        "of an earlier system: {category:category}, {severity:severity}",
        "（来自原系统）：{category:category}，{severity:severity}",
    ),
    "heed.complaint.accepted": _case("accepted", "已受理"),
    "heed.complaint.declined": _case("declined", "不予受理"),
    "heed.complaint.referred": _case("referred", "已转交"),
    "heed.complaint.contacted": _case("– customer contacted", "：已联系客户"),
    "heed.complaint.committed": _case("– solution promised", "：已作出承诺"),
    "heed.complaint.paused": _case("– waiting for the customer", "：等待客户"),
    "heed.complaint.resumed": _case("resumed", "：恢复处理"),
    "heed.complaint.completed": _case("completed", "：处理完成"),
    "heed.complaint.confirmed": _case("– result confirmed by the customer", "：客户已确认结果"),
    "heed.complaint.called_back": _case("– called back: {solved:solved}", "：已回访，{solved:solved}"),
    "heed.complaint.reopened": _case("reopened", "：重新处理"),
    "heed.complaint.closed": _case("closed", "已关闭"),
    "heed.complaint.withdrawn": _case("withdrawn", "已撤回"),
    "heed.complaint.amended": _case(
        "corrected: {category:category}, {severity:severity}", "已更正：{category:category}，{severity:severity}"
    ),
    "heed.complaint.assigned": _case("assigned", "已分派"),
    "heed.complaint.message_received": _case(
        "– message from the customer ({channel:channel})", "：收到客户消息（{channel:channel}）"
    ),
    "heed.complaint.promise_kept": _case("– promise kept", "：承诺已兑现"),
    "heed.complaint.promise_broken": _case("– promise broken", "：承诺未兑现"),
    "heed.sla.warned": _case("– deadline is near: {milestone:milestone}", "：即将超时（{milestone:milestone}）"),
    "heed.sla.breached": _case("– deadline missed: {milestone:milestone}", "：已超时（{milestone:milestone}）"),
    "heed.sla.breach_withdrawn": _case(
        "– missed deadline withdrawn: {milestone:milestone}", "：超时已撤销（{milestone:milestone}）"
    ),
    "heed.sla.escalated": _case("escalated, step {step}", "已升级（第{step}级）"),
    "heed.remedy.granted": {
        "en": "remedy granted: {kind:remedy}, {amount} {currency}",
        "zh": "已给予补救：{kind:remedy}，{amount} {currency}",
    },
    "heed.guarantee.triggered": {
        "en": "guarantee triggered: {scope:guarantee_scope}",
        "zh": "触发服务保证：{scope:guarantee_scope}",
    },
}
CUSTOMER: Mapping[str, Template] = {
    "heed.customer.registered": {"en": "customer registered", "zh": "客户已登记"},
    "heed.customer.updated": {"en": "customer data changed", "zh": "客户资料已更改"},
    "heed.customer.merged": {"en": "merged into another customer", "zh": "已并入另一客户"},
    "heed.customer.unmerged": {"en": "separated from another customer again", "zh": "已与另一客户重新分开"},
    "heed.contact.changed": {
        "en": "{kind:contact_kind} {change:contact_change}",
        "zh": "{kind:contact_kind}{change:contact_change}",
    },
    "heed.consent.changed": {
        "en": "consent {granted:granted}: {purpose:purpose}, {channel:channel}",
        "zh": "{granted:granted}用于{purpose:purpose}（{channel:channel}）",
    },
    "heed.promise.recorded": {"en": "promise recorded", "zh": "已登记承诺"},
    "heed.promise.settled": {"en": "promise {kept:kept}", "zh": "承诺{kept:kept}"},
    "heed.purchase.recorded": {
        "en": "purchase ({kind:purchase_kind}): {gross} {currency}",
        "zh": "购买{kind:purchase_kind}：{gross} {currency}",
    },
    "heed.purchase.returned": {
        "en": "return ({reason:return_reason}): {gross} {currency}",
        "zh": "退货（{reason:return_reason}）：{gross} {currency}",
    },
    "heed.interaction.recorded": {
        "en": "interaction ({channel:channel}): {kind}",
        "zh": "接触（{channel:channel}）：{kind}",
    },
    "heed.referral.recorded": {"en": "referred another customer", "zh": "推荐了其他客户"},
}
SURVEY: Mapping[str, Template] = {
    "heed.survey.published": {"en": "survey published", "zh": "调查已发布"},
    "heed.invitation.issued": {"en": "invited to a survey", "zh": "已邀请参加调查"},
    "heed.response.received": {"en": "survey answered", "zh": "已回答调查"},
    "heed.detractor.found": {
        "en": "would not recommend us: {score} of {highest}",
        "zh": "不愿推荐：{score}分（满分{highest}）",
    },
    "heed.dissatisfaction.found": {
        "en": "dissatisfied in a survey: {matter}",
        "zh": "调查中表示不满：{matter}",
    },
    "heed.analysis.published": {"en": "survey report frozen", "zh": "调查报告已固定"},
}
SCORING: Mapping[str, Template] = {
    "heed.score.changed": {
        "en": "scores changed: tier {value.tier}, churn risk {churn_risk.band:level}",
        "zh": "评分变化：{value.tier}级，流失风险{churn_risk.band:level}",
    },
    "heed.score.threshold_crossed": {
        "en": "{score:score}: from {from:level} to {to:level}",
        "zh": "{score:score}：由{from:level}变为{to:level}",
    },
    "heed.rhythm.broken": {"en": "purchase rhythm broken: {kind:rhythm}", "zh": "购买节奏中断：{kind:rhythm}"},
    "heed.model.published": {"en": "model published", "zh": "模型已发布"},
}
MESSAGE: Mapping[str, Template] = {
    "heed.message.sent": {
        "en": "message sent ({channel:channel}): {template:message_template}",
        "zh": "已发送消息（{channel:channel}）：{template:message_template}",
    },
    "heed.message.failed": {
        "en": "message not delivered ({channel:channel}), {outcome:message_outcome}: {template:message_template}",
        "zh": "消息未送达（{channel:channel}），{outcome:message_outcome}：{template:message_template}",
    },
}
TEMPLATES: Mapping[str, Template] = {**COMPLAINT, **CUSTOMER, **SURVEY, **SCORING, **MESSAGE}
