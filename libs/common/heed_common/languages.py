"""Languages of responses, English and Chinese, negotiated by Accept-Language."""

from typing import Literal, get_args

Language = Literal["en", "zh"]
LANGUAGES: tuple[Language, ...] = get_args(Language)
DEFAULT: Language = "en"


def preferred_language(accept_language: str | None) -> Language:
    """Return the supported language that the header ranks highest; English if it names neither."""
    best: Language = DEFAULT
    best_weight = 0.0
    for part in (accept_language or "").split(","):
        tag, _, parameters = part.partition(";")
        language, weight = _language(tag), _weight(parameters)
        if language is not None and weight > best_weight:
            best, best_weight = language, weight
    return best


def _language(tag: str) -> Language | None:
    """Return the supported language of a tag: `zh-Hans-CN` is Chinese, `*` the default."""
    primary = tag.strip().lower().partition("-")[0]
    if primary == "zh":
        return "zh"
    return "en" if primary in {"en", "*"} else None


def _weight(parameters: str) -> float:
    name, _, value = parameters.strip().partition("=")
    if name.strip() != "q":
        return 1.0
    try:
        return min(float(value), 1.0)
    except ValueError:
        return 0.0
