"""Texts of the report in both languages, besides those of the questionnaire."""

from collections.abc import Mapping
from types import MappingProxyType

from heed_common.languages import Language
from heed_common.plurals import fill

TEXTS: Mapping[str, Mapping[Language, str]] = MappingProxyType(
    {
        "report": {"en": "Survey report", "zh": "调查报告"},
        "results": {"en": "Survey results", "zh": "调查结果"},
        "wave": {"en": "Wave {wave}", "zh": "第{wave}期"},
        "computed": {"en": "As of {day}", "zh": "截至{day}"},
        "responses_n": {"en": "{n:,} {n:response|responses}", "zh": "{n:,}份答卷"},
        "frozen": {
            "en": "Frozen data, SHA-256 {hash}: printed again, this report is the same.",
            "zh": "数据已固定，SHA-256为{hash}：再次打印，内容不变。",
        },
        "internal": {
            "en": "Internal: it shows small groups as well, for people who may read single responses.",
            "zh": "仅供内部使用：本报告也显示人数很少的组，只供有权查看单份答卷的人员阅读。",
        },
        "live": {
            "en": "Computed when it was opened; freeze a report to be able to print it again unchanged.",
            "zh": "打开时即时计算；如需以后原样打印，请固定报告。",
        },
        "summary": {"en": "At a glance", "zh": "要点"},
        "not_shown": {"en": "not shown: too few answers", "zh": "回答过少，不予显示"},
        "not_shown_item": {
            "en": "The numbers of each answer are not shown: too few people chose one of them.",
            "zh": "某些选项选择人数过少，各选项的人数不予显示。",
        },
        "figures": {"en": "Key figures", "zh": "主要指标"},
        "figure": {"en": "Figure", "zh": "指标"},
        "estimate": {"en": "Estimate", "zh": "估计值"},
        "interval": {"en": "95% interval", "zh": "95%区间"},
        "answers": {"en": "Answers", "zh": "回答数"},
        "csat": {"en": "Satisfied (CSAT)", "zh": "满意者比例（CSAT）"},
        "nps": {"en": "Net promoter score", "zh": "净推荐值（NPS）"},
        "ces": {"en": "Effort score", "zh": "费力度得分（CES）"},
        "index_name": {"en": "Satisfaction index", "zh": "满意度指数"},
        "index": {"en": "Satisfaction index and its parts", "zh": "满意度指数及其构成"},
        "index_lead": {
            "en": "From 0 to 100. The index is the weighted mean of its parts, by the weights of the questionnaire.",
            "zh": "分值0至100。指数按问卷规定的权重，由各部分加权平均得出。",
        },
        "indicator": {"en": "Part", "zh": "构成"},
        "weight": {"en": "Weight", "zh": "权重"},
        "matrix": {"en": "Importance and performance", "zh": "重要性与绩效"},
        "matrix_stated": {
            "en": "Importance is what customers stated. The broken lines are the means; close to both, in the grey "
            "zone, an attribute belongs to no side.",
            "zh": "重要性由客户直接给出。虚线为各属性的均值；靠近两条虚线交点的灰色区内，属性不归属任何一侧。",
        },
        "matrix_derived": {
            "en": "Importance is derived: how closely an attribute goes along with overall satisfaction. The "
            "broken lines are the means; close to both of them, in the grey zone, an attribute belongs to no side.",
            "zh": "重要性为推算值，即各属性与总体满意度的关联程度。虚线为各属性的均值；靠近两条虚线交点的灰色区内，属性"
            "不归属任何一侧。",
        },
        "importance": {"en": "Importance", "zh": "重要性"},
        "performance": {"en": "Performance", "zh": "绩效"},
        "attribute": {"en": "Attribute", "zh": "属性"},
        "region": {"en": "Region", "zh": "区域"},
        "uncertain": {"en": "could be another one", "zh": "也可能属于其他区域"},
        "strength": {"en": "I Strength", "zh": "I 优势区"},
        "irrelevant_advantage": {"en": "II Irrelevant advantage", "zh": "II 无关优势区"},
        "low_priority": {"en": "III Low priority", "zh": "III 低优先区"},
        "weakness": {"en": "IV Weakness", "zh": "IV 弱势区"},
        "grey_zone": {"en": "V Grey zone", "zh": "V 灰色区"},
        "facts": {"en": "Words and facts", "zh": "评价与事实"},
        "facts_lead": {
            "en": "“{item}”, by what had happened to the customer before the answer: to the complaint last resolved, "
            "{days} days before at most, and to promises of that time. The last two columns count where words and "
            "facts disagree.",
            "zh": "“{item}”，按客户作答前的实际经历分组：以作答前{days}天内最近一次办结的投诉及同期承诺为准。最后两列为"
            "评价与事实不一致的人数。",
        },
        "fact": {"en": "Fact", "zh": "事实"},
        "if_met": {"en": "Satisfied, if so", "zh": "达成时满意"},
        "if_not": {"en": "Satisfied, if not", "zh": "未达成时满意"},
        "points": {"en": "Difference, points", "zh": "相差（百分点）"},
        "good_bad": {"en": "Met, yet dissatisfied", "zh": "达成但不满意"},
        "bad_good": {"en": "Not met, yet satisfied", "zh": "未达成仍满意"},
        "deadline": {"en": "Resolved in time", "zh": "按时解决"},
        "milestones": {"en": "No deadline missed", "zh": "各时限均未逾期"},
        "first_time_fix": {"en": "Fixed the first time", "zh": "一次解决"},
        "promise": {"en": "Promises kept", "zh": "承诺兑现"},
        "remedy": {"en": "Given a remedy", "zh": "获得补救"},
        "trend": {"en": "Over the waves", "zh": "各期变化"},
        "the_index": {"en": "the satisfaction index", "zh": "满意度指数"},
        "the_nps": {"en": "the net promoter score", "zh": "净推荐值"},
        "the_mean": {"en": "the mean of “{item}”", "zh": "“{item}”的均值"},
        "the_item": {"en": "{name} of “{item}”", "zh": "“{item}”的{name}"},
        "trend_mean": {"en": "Mean", "zh": "均值"},
        "wave_name": {"en": "Wave", "zh": "期次"},
        "change": {"en": "Change", "zh": "变化"},
        "questions": {"en": "All questions", "zh": "各题结果"},
        "share": {"en": "Share", "zh": "比例"},
        "count": {"en": "Count", "zh": "人数"},
        "mean": {"en": "Mean", "zh": "均值"},
        "mean_is": {"en": "Mean {mean}, {low} to {high}.", "zh": "均值{mean}，区间{low}至{high}。"},
        "reversed_mean_is": {
            "en": "Mean {mean}, {low} to {high}, counted from the other end: the question is put the other way round.",
            "zh": "均值{mean}，区间{low}至{high}；此题为反向题，均值按反向计分。",
        },
        "several": {"en": "Several answers were possible.", "zh": "可多选，各项比例之和可超过100%。"},
        "no_result": {
            "en": "Questions of this type are not part of this report.",
            "zh": "此类题目不在本报告之内。",
        },
        "text_result": {"en": "Free text is not repeated here.", "zh": "文字回答不在此列出。"},
        "study": {"en": "The study", "zh": "调查设计"},
        "purpose": {"en": "Purpose", "zh": "目的"},
        "nature": {"en": "Nature", "zh": "性质"},
        "exploratory": {"en": "exploratory", "zh": "探索性"},
        "conclusive": {"en": "conclusive", "zh": "结论性"},
        "population": {"en": "Population", "zh": "总体"},
        "method": {"en": "Method", "zh": "方法"},
        "regions": {"en": "Regions", "zh": "地区"},
        "frequency": {"en": "Frequency", "zh": "频次"},
        "use": {"en": "Use of the results", "zh": "结果用途"},
        "report_due": {"en": "Report due", "zh": "报告期限"},
        "responsible": {"en": "Responsible", "zh": "负责人"},
        "no_study": {"en": "No record of a design was made for this survey.", "zh": "本次调查未留有设计记录。"},
        "collection": {"en": "Sample and collection", "zh": "样本与收集"},
        "responses": {"en": "Responses in this report", "zh": "本报告所含答卷"},
        "modes": {"en": "By mode", "zh": "按收集方式"},
        "web": {"en": "web", "zh": "网络"},
        "phone": {"en": "telephone", "zh": "电话"},
        "face_to_face": {"en": "face to face", "zh": "面访"},
        "mail": {"en": "mail", "zh": "邮寄"},
        "comment_card": {"en": "comment card", "zh": "意见卡"},
        "observation": {"en": "observation", "zh": "观察"},
        "flagged": {"en": "With doubts about their quality", "zh": "质量存疑"},
        "flagged_note": {
            "en": "all of them count, unless it is stated otherwise",
            "zh": "除另有说明外，均计入结果",
        },
        "invitations": {"en": "Invitations", "zh": "邀请数"},
        "response_rate": {"en": "Response rate (AAPOR {name})", "zh": "应答率（AAPOR {name}）"},
        "design": {"en": "Sampling design", "zh": "抽样设计"},
        "simple": {"en": "none on record", "zh": "无记录"},
        "strata": {"en": "strata", "zh": "分层"},
        "clusters": {"en": "clusters", "zh": "整群"},
        "weights": {"en": "weights", "zh": "加权"},
        "fpc": {"en": "known population sizes", "zh": "总体规模已知"},
        "second_stage": {"en": "two stages", "zh": "两阶段"},
        "calibrated": {"en": "calibrated", "zh": "校准"},
        "limits": {"en": "How far these results reach", "zh": "结果的适用范围"},
        "questionnaire": {"en": "Questionnaire version {version}", "zh": "问卷第{version}版"},
        "language": {"en": "Language", "zh": "语言"},
        "skip": {"en": "Skip to the results", "zh": "跳到结果"},
        "not_found": {"en": "There are no results here", "zh": "此处没有结果"},
        "not_found_text": {
            "en": "The results are not public, or the address was not copied whole.",
            "zh": "结果未公开，或地址复制不完整。",
        },
    }
)


def translate(language: Language, key: str, **values: object) -> str:
    return fill(TEXTS[key][language], **values)
