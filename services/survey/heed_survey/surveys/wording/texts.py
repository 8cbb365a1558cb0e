"""Hints in both languages."""

from collections.abc import Mapping

from heed_common.languages import Language
from heed_survey.surveys.wording.lexicon import Rule

HINTS: Mapping[Rule, Mapping[Language, str]] = {
    Rule.LEADING: {
        "en": "The question suggests its answer. Ask openly.",
        "zh": "问题带有诱导性，请用中立的方式提问。",
    },
    Rule.DOUBLE_BARRELLED: {
        "en": "This may ask two things at once. Ask each of them in a question of its own.",
        "zh": "可能一题问了两件事，请分成两道题。",
    },
    Rule.DOUBLE_NEGATION: {
        "en": "Two negations are easily misunderstood. Ask positively.",
        "zh": "双重否定容易误解，请改用肯定的说法。",
    },
    Rule.ABSOLUTE: {
        "en": "Absolute words leave hardly anyone a yes. Name a number or a degree.",
        "zh": "绝对化的词语会让人难以选择，请改用具体的数量或程度。",
    },
    Rule.HARD_TO_READ: {
        "en": "Long sentences and abbreviations are hard to read. Use short, familiar words.",
        "zh": "句子过长或含有缩略语，请用简短常见的词语。",
    },
    Rule.LOADED: {
        "en": "The word carries a judgement. Use a neutral one.",
        "zh": "用词带有褒贬色彩，请改用中性词。",
    },
    Rule.VAGUE: {
        "en": "People understand this word differently. Name a number or a period.",
        "zh": "含义模糊，不同的人理解不同，请给出具体的次数或时间。",
    },
    Rule.PRESUPPOSITION: {
        "en": "The question presupposes something that may not be so. Ask about that first.",
        "zh": "问题预设了前提，请先用一道题确认该前提。",
    },
    Rule.UNBALANCED_SCALE: {
        "en": "The scale has more labels on one side than on the other.",
        "zh": "量表正负两边的等级数量不相等。",
    },
    Rule.NO_NEUTRAL: {
        "en": "The scale has no middle: those without an opinion must take a side.",
        "zh": "量表没有中间等级，没有意见的人被迫选择一边。",
    },
}
