"""Texts of the reports in English and Chinese: labels, findings, notes and captions of the plots."""

from collections.abc import Mapping

from heed_common.languages import Language
from heed_common.plurals import fill
from heed_complaint.reporting.reports.durations.texts import TIMES
from heed_complaint.reporting.reports.fairness.texts import FAIRNESS
from heed_complaint.reporting.reports.pareto.texts import PARETO
from heed_complaint.reporting.reports.remedy_costs.texts import REMEDIES
from heed_complaint.reporting.reports.repurchase_ladder.texts import LADDER
from heed_complaint.reporting.reports.resolution_rates.texts import RATES
from heed_complaint.reporting.reports.sla_attainment.texts import ATTAINMENT
from heed_complaint.reporting.reports.trends.texts import TRENDS
from heed_complaint.reporting.reports.value_saved.texts import SAVED

Texts = Mapping[str, tuple[str, str]]

COMMON: Texts = {
    "nothing": ("There is nothing to report yet", "尚无可报告的数据"),
    "nothing.note": (
        (
            "No complaint that matches was received from {since} to {until}. Choose other days or fewer filters; the "
            "first complaint (POST /v1/complaints) fills this report."
        ),
        (
            "{since} 至 {until}没有符合条件的投诉。请更换日期或减少筛选条件；登记首件投诉（POST /v1/complaints）后，"
            "本报告即有内容。"
        ),
    ),
    "grouping.by": ("by {by}", "按{by}统计"),
    "total": ("Total", "合计"),
    "all": ("all complaints", "全部投诉"),
    "unknown": ("not known", "未知"),
    "from_until": ("{since} to {until}", "{since} 至 {until}"),
    "tier.A": ("tier A", "A级"),
    "tier.B": ("tier B", "B级"),
    "tier.C": ("tier C", "C级"),
    "tier.D": ("tier D", "D级"),
    "customer_kind.individual": ("individuals", "个人"),
    "customer_kind.organization": ("organizations", "组织"),
    "by.category": ("category", "类别"),
    "by.subcategory": ("category in two levels", "二级类别"),
    "by.severity": ("severity", "严重程度"),
    "by.channel": ("channel", "渠道"),
    "by.cause": ("cause", "原因"),
    "by.responsibility": ("responsibility", "责任方"),
    "by.service_point": ("service point", "服务网点"),
    "by.product": ("product", "产品"),
    "by.tier": ("value tier of the customer", "客户价值等级"),
    "by.region": ("region of the customer", "客户地区"),
    "by.customer_kind": ("kind of customer", "客户类型"),
    "by.month": ("month", "月份"),
    "by.week": ("week", "周"),
    "by.kind": ("kind", "方式"),
    "and_more": ("and {count} more", "另有{count}项"),
}
TEXTS: Texts = {
    **COMMON,
    **PARETO,
    **ATTAINMENT,
    **RATES,
    **TIMES,
    **REMEDIES,
    **SAVED,
    **FAIRNESS,
    **LADDER,
    **TRENDS,
}


def translate(language: Language, key: str, **values: object) -> str:
    """Return the text with its placeholders filled."""
    return fill(TEXTS[key][language == "zh"], **values)


def label(language: Language, kind: str, code: str) -> str:
    """Return the label of a code, or the code itself if it has none."""
    texts = TEXTS.get(f"{kind}.{code}")
    return code if texts is None else texts[language == "zh"]


def grouping(language: Language, by: str | None) -> str:
    """Return how the lines of a report are grouped."""
    if by is None:
        return translate(language, "all")
    return translate(language, "grouping.by", by=translate(language, f"by.{by}"))


def note(language: Language, report: Mapping[str, object], key: str, **values: object) -> str:
    """Return the note of a report; of one without complaints the sentence that says what to do."""
    if not report["complaints"]:
        return translate(language, "nothing.note", since=report["from"], until=report["until"])
    return translate(language, key, **values)
