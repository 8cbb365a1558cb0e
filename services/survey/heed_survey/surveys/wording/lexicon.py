"""Words and patterns of each rule, by language."""

import re
from collections.abc import Mapping
from enum import StrEnum

from heed_common.languages import Language


class Rule(StrEnum):
    LEADING = "leading"
    DOUBLE_BARRELLED = "double_barrelled"
    DOUBLE_NEGATION = "double_negation"
    ABSOLUTE = "absolute"
    HARD_TO_READ = "hard_to_read"
    LOADED = "loaded"
    VAGUE = "vague"
    PRESUPPOSITION = "presupposition"
    UNBALANCED_SCALE = "unbalanced_scale"
    NO_NEUTRAL = "no_neutral"


def _words(words: str) -> re.Pattern[str]:
    """Return the pattern of whole words or phrases, which commas separate; an asterisk is any ending."""
    escaped = (re.escape(word.strip()).replace(r"\*", r"\w*") for word in words.split(","))
    return re.compile(rf"\b(?:{'|'.join(escaped)})\b", re.IGNORECASE)


def _characters(words: str) -> re.Pattern[str]:
    return re.compile("|".join(words.split()))


PATTERNS: Mapping[Rule, Mapping[Language, re.Pattern[str]]] = {
    Rule.LEADING: {
        "en": _words(
            "don't you, doesn't it, isn't it, isn't that, wouldn't you, shouldn't we, surely, of course, obviously,"
            " clearly, as everyone knows, as you know, most people, everyone agrees, would you agree, do you agree that"
        ),
        "zh": _characters(
            "难道 众所周知 大家都 大多数人 多数人都 当然 显然 您不觉得 你不觉得 不是吗 您也认为 是否同意 您同不同意"
        ),
    },
    Rule.DOUBLE_BARRELLED: {
        "en": re.compile(r"\band/or\b|\band\b|\bor\b|\bas well as\b|\bplus\b", re.IGNORECASE),
        "zh": re.compile(
            r"以及|还是|并且|而且|同时|[和与或]|(?<![来涉普提不力触波顾])及(?![时格第])",
        ),
    },
    Rule.ABSOLUTE: {
        "en": _words("always, never, every, everyone, everything, all, none, only, totally, entirely, absolutely, any"),
        "zh": _characters("总是 一直 从不 从来 从未 所有 全部 一切 完全 绝对 每次 任何 唯一 仅仅 只有"),
    },
    Rule.LOADED: {
        "en": _words(
            "excellent, amazing, wonderful, outstanding, superb, fantastic, first-class, world-class, award-winning,"
            " leading, generous, renowned, terrible, awful, horrible, disastrous, shameful, unfair, greedy, exploit*"
        ),
        "zh": _characters("优秀 卓越 一流 极佳 贴心 优质 完美 杰出 领先 热情周到 可怕 糟糕 恶劣 可恶 黑心 不公"),
    },
    Rule.VAGUE: {
        "en": _words(
            "often, regularly, frequently, sometimes, usually, occasionally, rarely, seldom, recently, lately, soon,"
            " many, several, a few, a number of, some, a lot of"
        ),
        "zh": _characters("经常 常常 时常 有时 偶尔 通常 很少 最近 近来 近期 许多 很多 几次 若干 一些 不少"),
    },
    Rule.PRESUPPOSITION: {
        "en": re.compile(
            r"\bwhy (?:do|did|don't|didn't|are|were) you\b|\bhow much (?:do|did) you (?:like|love|enjoy|value)\b"
            r"|\bwhat do you (?:like|love|enjoy|dislike|hate)\b|\bwhen did you (?:stop|start|last)\b"
            r"|\bstill\b|\bhow often (?:do|did) you\b|\byour (?:last|latest) complaint\b",
            re.IGNORECASE,
        ),
        "zh": re.compile("您?为什么|您?为何|您有多喜欢|您最(?:不)?喜欢|您?上一?次|仍然|仍旧|依然|依旧|您多久|多少次"),
    },
}
EXEMPT: Mapping[Rule, Mapping[Language, re.Pattern[str]]] = {
    Rule.DOUBLE_BARRELLED: {
        # Opposites balance a question, they do not double it.
        "en": re.compile(
            r"\b(?:(\w+) or (?:un|in|im|dis|not )\1|(?:un|in|im|dis|not )(\w+) or \2|easy or difficult"
            r"|difficult or easy|good or bad|high or low|better or worse|more or less|yes or no|whether or not)\b",
            re.IGNORECASE,
        ),
        "zh": re.compile(
            "容易还是困难|好还是坏|高还是低|与否|和蔼|和谐|温和|和气|饱和|参与|或许|或者说|与其|与您|与我们|与竞争|与什么"
        ),
    },
    Rule.ABSOLUTE: {
        "en": re.compile(r"\ball in all\b|\bnot at all\b|\bonce and for all\b", re.IGNORECASE),
        "zh": re.compile("任何时候都可以"),
    },
    Rule.VAGUE: {"en": re.compile(r"\bhow (?:many|often|soon)\b", re.IGNORECASE), "zh": re.compile("有多少")},
}
"""Phrases that contain the words of a rule and mean something else."""
NEGATIONS: Mapping[Language, re.Pattern[str]] = {
    "en": re.compile(
        r"\b(?:not|no|never|none|nor|neither|without|nothing|cannot|hardly|\w+n't"
        r"|un(?:able|aware|happy|likely|clear|fair|necessary|satisf\w+|reliable|friendly|pleasant|acceptable|willing)"
        r"|in(?:correct|complete|convenient|adequate|sufficient)|im(?:possible|polite)|dis(?:satisf\w+|agree|like|honest))\b",
        re.IGNORECASE,
    ),
    "zh": re.compile("[不没无未]|并非|绝非|除非"),
}
NOT_NEGATIVE: Mapping[Language, re.Pattern[str]] = {
    "en": re.compile(
        r"\b(?:whether or not|not only|no longer|not at all|(\w+) or (?:un|in|im|dis|not )\1)\b", re.IGNORECASE
    ),
    "zh": re.compile(r"(.)[不没]\1|不同|不过|不仅|不但|不断|无论|不久|不论|有没有|不错|无线|差不多"),
}
"""Phrases with a negation that negate nothing, such as 是不是."""
POSITIVE: Mapping[Language, re.Pattern[str]] = {
    "en": re.compile(
        r"\b(?:satisfied|good|excellent|great|easy|likely|agree|high|happy|important|better|best|fast|clear|fair|often)\b",
        re.IGNORECASE,
    ),
    "zh": re.compile("满意|好|优|容易|简单|可能|同意|高|重要|快|清楚|公平|愉快"),
}
NEGATIVE: Mapping[Language, re.Pattern[str]] = {
    "en": re.compile(
        r"\b(?:not|never|dissatisfied|poor|bad|terrible|difficult|hard|unlikely|disagree|low|unhappy|unimportant|worse"
        r"|worst|slow|unclear|unfair|rarely)\b",
        re.IGNORECASE,
    ),
    "zh": re.compile("不|没|差|难|低|坏|慢|糟"),
}
ACRONYM = re.compile(r"(?<![A-Za-z])[A-Z]{2}[A-Z0-9]*s?(?![A-Za-z])")
MAX_WORDS, MAX_CHARACTERS = 25, 50
"""Of a question in English and in Chinese."""
