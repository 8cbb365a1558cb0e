"""Sentences of the report in both languages: what a figure means, and what its interval allows to conclude."""

from collections.abc import Mapping
from types import MappingProxyType

from heed_common.languages import Language

SENTENCES: Mapping[str, Mapping[Language, str]] = MappingProxyType(
    {
        "csat": {
            "en": "Of 100 customers, {low} to {high} are satisfied: {estimate} of 100 who answered chose one of "
            "the two best values.",
            "zh": "每100位客户中，有{low}至{high}位满意：作答者中每100人有{estimate}人选择了最高的两档。",
        },
        "csat_point": {
            "en": "Of 100 who answered, {estimate} chose one of the two best values; how close that is to all "
            "customers cannot be computed.",
            "zh": "作答者中每100人有{estimate}人选择了最高的两档；与全部客户相差多少无法计算。",
        },
        "nps_above": {
            "en": "More customers recommend than advise against: the net promoter score is {estimate}, and lies "
            "between {low} and {high}.",
            "zh": "推荐者多于贬损者：净推荐值为{estimate}，区间为{low}至{high}。",
        },
        "nps_below": {
            "en": "More customers advise against than recommend: the net promoter score is {estimate}, and lies "
            "between {low} and {high}.",
            "zh": "贬损者多于推荐者：净推荐值为{estimate}，区间为{low}至{high}。",
        },
        "nps_unclear": {
            "en": "Whether more customers recommend than advise against is within the margin of error: the net "
            "promoter score is {estimate}, and lies between {low} and {high}.",
            "zh": "推荐者与贬损者孰多孰少仍在误差范围之内：净推荐值为{estimate}，区间为{low}至{high}。",
        },
        "nps_point": {
            "en": "The net promoter score of those who answered is {estimate}; no interval can be computed.",
            "zh": "作答者的净推荐值为{estimate}，无法计算区间。",
        },
        "ces": {
            "en": "The mean effort score is {estimate}, between {low} and {high}; higher is easier.",
            "zh": "费力度平均得分为{estimate}，区间为{low}至{high}；得分越高越省力。",
        },
        "ces_point": {
            "en": "The mean effort score of those who answered is {estimate}.",
            "zh": "作答者的费力度平均得分为{estimate}。",
        },
        "index": {
            "en": "The satisfaction index is {estimate} of 100, between {low} and {high}.",
            "zh": "满意度指数为{estimate}分（满分100），区间为{low}至{high}。",
        },
        "index_point": {
            "en": "The satisfaction index of those who answered is {estimate} of 100.",
            "zh": "作答者的满意度指数为{estimate}分（满分100）。",
        },
        "fact_matters": {
            "en": "{fact}: customers are more often satisfied where it is so, by {low} to {high} points of 100.",
            "zh": "{fact}：达成时客户满意的比例更高，高{low}至{high}个百分点。",
        },
        "fact_contradicts": {
            "en": "{fact}: customers are less often satisfied where it is so, by {low} to {high} points of 100. "
            "What is measured is not what they care about, or it is measured wrongly.",
            "zh": "{fact}：达成时客户满意的比例反而更低，低{low}至{high}个百分点。"
            "所考核的可能并非客户所看重的，或记录有误。",
        },
        "fact_unclear": {
            "en": "{fact}: whether customers are more often satisfied where it is so is within the margin of error.",
            "zh": "{fact}：达成与否，客户满意的比例有无差别仍在误差范围之内。",
        },
        "difference_clear": {
            "en": "{best} is ahead of {worst} by {estimate} points, {low} to {high}: the difference is beyond the "
            "margin of error.",
            "zh": "“{best}”比“{worst}”高{estimate}分（{low}至{high}）：差异超出误差范围。",
        },
        "difference_unclear": {
            "en": "The difference between {best} and {worst}, {estimate} points, is within the margin of error: "
            "the order may be chance.",
            "zh": "“{best}”与“{worst}”相差{estimate}分，仍在误差范围之内：先后次序可能出于偶然。",
        },
        "weakness": {
            "en": "Improve first: {names}. It is important to customers, and done worse than the rest.",
            "zh": "宜优先改进：{names}。客户看重，而表现低于其他方面。",
        },
        "weaknesses": {
            "en": "Improve first: {names}. They are important to customers, and done worse than the rest.",
            "zh": "宜优先改进：{names}。客户看重，而表现低于其他方面。",
        },
        "weakness_unclear": {
            "en": "Perhaps worth improving: {names}. The answers are too few to be certain of it.",
            "zh": "可考虑改进：{names}。现有回答尚不足以断定。",
        },
        "no_weakness": {
            "en": "No attribute is clearly important and done worse than the rest.",
            "zh": "没有哪个方面明显既受看重又表现偏低。",
        },
        "trend_up": {
            "en": "Since wave {before}, {name} has risen by {estimate} ({low} to {high}).",
            "zh": "自{before}期以来，{name}上升{estimate}（{low}至{high}）。",
        },
        "trend_down": {
            "en": "Since wave {before}, {name} has fallen by {estimate} ({low} to {high}).",
            "zh": "自{before}期以来，{name}下降{estimate}（{low}至{high}）。",
        },
        "trend_unclear": {
            "en": "Since wave {before}, {name} has changed by {estimate}; that is within the margin of error.",
            "zh": "自{before}期以来，{name}变化{estimate}，仍在误差范围之内。",
        },
        "other_without": {
            "en": "Without the responses of doubtful quality it is {without}.",
            "zh": "不计质量存疑的答卷，则为{without}。",
        },
        "same_without": {
            "en": "Without the responses of doubtful quality it is the same.",
            "zh": "不计质量存疑的答卷，结果相同。",
        },
        "of_item": {"en": "“{item}”: {text}", "zh": "“{item}”：{text}"},
        "few_answers": {
            "en": "{name}: {n} {n:answer|answers}, too few to tell.",
            "zh": "{name}：仅{n}份回答，尚不足以判断。",
        },
        "trend_too_few": {
            "en": "Since wave {before}, {name}: {n} {n:answer|answers} in a wave are too few to tell a change.",
            "zh": "自{before}期以来，{name}：单期仅{n}份回答，尚不足以判断变化。",
        },
        "hidden_figure": {
            "en": "{name}: not shown, because there are too few answers.",
            "zh": "{name}：回答过少，不予显示。",
        },
        "limit_interval": {
            "en": "An interval of 95% is made so that it contains the true value in 19 of 20 such surveys. It "
            "covers chance in the choice of people, and neither wrong answers nor people who did not answer.",
            "zh": "95%区间的含义：同样的调查做20次，约有19次包含真值。它只反映抽选的偶然性，不反映误答与未答。",
        },
        "limit_convenience": {
            "en": "No random sample is on record for these responses: people may have answered because they are "
            "particularly satisfied or dissatisfied. The intervals hold if those who answered are like a "
            "random sample; nothing here proves that.",
            "zh": "这些答卷没有随机抽样记录：特别满意或特别不满的人可能更愿意作答。仅当作答者近似随机样本时，区间才"
            "成立，而这一点在此无从证明。",
        },
        "limit_sample": {
            "en": "The intervals count the sampling design on record: {design}. People who were chosen and did not "
            "answer may think differently.",
            "zh": "区间已计入所记录的抽样设计：{design}。被抽中而未作答者的看法可能不同。",
        },
        "adjusted_interval": {
            "en": "The answers are few or nearly unanimous, so an adjusted interval is used, which is wider and "
            "stays within the scale.",
            "zh": "回答较少或近乎一致，故采用调整区间，其范围更宽且不超出量表。",
        },
        "no_variation": {
            "en": "Everyone agreed in some question; its interval is the exact one for such a case.",
            "zh": "某些题目的回答完全一致，其区间按精确方法计算。",
        },
        "single_cluster_stratum": {
            "en": "A part of the sample consists of one group only; its error is estimated cautiously.",
            "zh": "样本中有一层只含一个群，其误差按保守方法估计。",
        },
        "no_degrees_of_freedom": {
            "en": "The sample has too few groups for some intervals.",
            "zh": "样本中的群过少，部分区间无法计算。",
        },
        "missing_items": {
            "en": "A question without answers was left out of the index; its weight went to its neighbours.",
            "zh": "无人回答的题目未计入指数，其权重分给了同级题目。",
        },
        "limit_groups": {
            "en": "Results about fewer than {k} people are not shown, nor others from which they could be computed.",
            "zh": "少于{k}人的结果不予显示，可据以推算出这些结果的数字也不予显示。",
        },
        "limit_anonymous": {
            "en": "The survey was anonymous: nobody, not even the organisation, can find out who answered what.",
            "zh": "本次调查为匿名调查：任何人（包括本机构）都无法得知谁作了何种回答。",
        },
        "limit_exploratory": {
            "en": "The study was exploratory: it is meant to find questions, and not to settle them.",
            "zh": "本次调查属探索性：旨在发现问题，而非作出定论。",
        },
        "limit_pairs": {
            "en": "The best and the worst part were chosen after looking at all {compared}; the interval of their "
            "difference is widened so that it holds for every pair of them.",
            "zh": "最高与最低的部分是在比较全部{compared}项之后选出的，其差异的区间已相应放宽，对任意两项均成立。",
        },
        "limit_derived": {
            "en": "Derived importance is a relation, and no proof of a cause.",
            "zh": "推算的重要性只表示关联，不证明因果。",
        },
    }
)
