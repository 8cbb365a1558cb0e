"""Texts of the plots in English and Chinese, and the names of items and values in the language of the reader."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from heed_common.languages import Language
from heed_common.plurals import fill
from heed_survey.call_backs.facts.rules import CONDITION_FIELDS, PREFIX
from heed_survey.surveys.questionnaire.questionnaire import Questionnaire

TEXTS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "frequencies": ("How often each option was chosen", "各选项的选择频率"),
        "means": ("Means", "均值"),
        "index": ("Satisfaction index", "满意度指数"),
        "nps": ("Net promoter score", "净推荐值"),
        "csat": ("Share of the satisfied", "满意者比例"),
        "ces": ("Effort score", "费力度得分"),
        "crosstab": ("Cross-table", "交叉表"),
        "reliability": ("Reliability", "信度"),
        "response-rates": ("Response rates", "应答率"),
        "by_aapor": ("by the definitions of AAPOR", "按AAPOR定义"),
        "trend": ("Trend over the waves", "各期趋势"),
        "facts": ("Answers beside facts", "评价与事实对照"),
        "percent_satisfied": ("share of the satisfied", "满意者比例"),
        "deadline_met": ("resolved in time", "按时解决"),
        "deadline_not_met": ("resolved late", "逾期解决"),
        "milestones_met": ("no deadline missed", "各时限均未逾期"),
        "milestones_not_met": ("a deadline missed", "有时限逾期"),
        "first_time_fix_met": ("fixed the first time", "一次解决"),
        "first_time_fix_not_met": ("reopened", "曾重新受理"),
        "promise_met": ("promises kept", "承诺兑现"),
        "promise_not_met": ("a promise broken", "承诺未兑现"),
        "remedy_met": ("with a remedy", "已补救"),
        "remedy_not_met": ("without a remedy", "未补救"),
        "deadline_unknown": ("deadline: not known", "时限：不详"),
        "milestones_unknown": ("deadlines: not known", "各时限：不详"),
        "first_time_fix_unknown": ("first-time fix: not known", "一次解决：不详"),
        "promise_unknown": ("promises: not known", "承诺：不详"),
        "remedy_unknown": ("remedy: not known", "补救：不详"),
        "importance-performance": ("Importance and performance", "重要性与绩效"),
        "all": ("all responses", "全部答卷"),
        "responses": ("{n:,} {n:response|responses}", "{n:,}份答卷"),
        "note": (
            "Lines are 95% intervals by the design of the sample. Not shown: groups that are too small.",
            "横线为按抽样设计计算的95%置信区间；人数过少的组不予显示。",
        ),
        "matrix_note": (
            (
                "Broken lines: the axes, at the {axes} of the attributes. Between the dotted lines: the grey zone. "
                "Hollow: too few answers to tell the region."
            ),
            "虚线为坐标轴（各属性的{axes}）；点线之间为灰色区域。空心：回答尚不足以判定所属区域。",
        ),
        "means_of": ("means", "均值"),
        "medians_of": ("medians", "中位数"),
        "hidden": ("not shown", "不予显示"),
        "hidden_advice": (
            (
                "Not shown: there are too few answers, or too few people in a group. Wait for more responses, or ask "
                "for larger groups."
            ),
            "不予显示：回答过少，或组内人数过少。请等待更多答卷，或改用更大的组。",
        ),
        "nothing_advice": (
            "There is nothing to show yet: invite people (POST /v1/surveys/…/invitations) or wait for responses.",
            "尚无可显示的内容：请发出邀请（POST /v1/surveys/…/invitations）或等待答卷。",
        ),
        "importance": ("Importance", "重要性"),
        "performance": ("Performance", "绩效"),
        "percent_of_answers": ("share of answers", "占回答的比例"),
        "share_of_all": ("share of all", "占全部的比例"),
        "strength": ("I  strength", "I  优势区"),
        "irrelevant_advantage": ("II  irrelevant advantage", "II  无关优势区"),
        "low_priority": ("III  low priority", "III  低优先区"),
        "weakness": ("IV  weakness", "IV  弱势区"),
        "grey_zone": ("V  grey zone", "V  灰色区"),
        "p": ("Rao–Scott test: p = {p}", "Rao–Scott检验：p = {p}"),
    }
)


def translate(language: Language, key: str, **values: object) -> str:
    english, chinese = TEXTS[key]
    return fill(chinese if language == "zh" else english, **values)


@dataclass(frozen=True, slots=True)
class Names:
    """Names of items and values; a code that the questionnaire lacks is its own name."""

    questionnaire: Questionnaire
    language: Language

    def item(self, code: str) -> str:
        item = next((each for each in self.questionnaire.items if each.code == code), None)
        return code if item is None else item.text.text(self.language)

    def fact(self, fact: str, value: str) -> str:
        """Return what it means that a fact was met, or not."""
        return translate(self.language, f"{fact}_{value}")

    def value(self, code: str, value: str) -> str:
        """Return the text of an option, or a number of a scale with its label."""
        item = next((each for each in self.questionnaire.items if each.code == code), None)
        if item is None:
            return self.fact(code.removeprefix(PREFIX), value) if code in CONDITION_FIELDS else value
        option = next((each for each in item.options if each.code == value), None)
        if option is not None:
            return option.text.text(self.language)
        is_number = item.scale is not None and value.lstrip("-").isdecimal()
        label = item.scale.label(int(value)) if item.scale is not None and is_number else None
        return value if label is None else f"{value}  {label.text(self.language)}"
