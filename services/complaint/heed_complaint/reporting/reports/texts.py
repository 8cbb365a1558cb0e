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
    "seconds": ("{amount:.0f} s", "{amount:.0f}秒"),
    "minutes": ("{amount:.0f} min", "{amount:.0f}分钟"),
    "hours": ("{amount:.3g} h", "{amount:.3g}小时"),
    "days": ("{amount:.3g} d", "{amount:.3g}天"),
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
MINUTE, HOUR, DAY = 60, 3600, 86_400
UNIT_THRESHOLD = 2
"""From so many hours on a duration is shown in hours, from so many days on in days."""


def translate(language: Language, key: str, **values: object) -> str:
    """Return the text with its placeholders filled."""
    return fill(TEXTS[key][language == "zh"], **values)


def label(language: Language, kind: str, code: str) -> str:
    """Return the label of a code, or the code itself if it has none."""
    texts = TEXTS.get(f"{kind}.{code}")
    return code if texts is None else texts[language == "zh"]


def duration(language: Language, seconds: float | None) -> str:
    """Return the duration with three digits in a unit that fits its size."""
    if seconds is None:
        return "–"
    if seconds < MINUTE:
        return translate(language, "seconds", amount=seconds)
    if seconds < UNIT_THRESHOLD * HOUR:
        return translate(language, "minutes", amount=seconds / MINUTE)
    if seconds < UNIT_THRESHOLD * DAY:
        return translate(language, "hours", amount=seconds / HOUR)
    return translate(language, "days", amount=seconds / DAY)
