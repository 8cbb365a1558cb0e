"""What a respondent reads when enough others have answered. Pure."""

from collections.abc import Mapping

from heed_common.languages import Language

QUOTA_FULL: Mapping[Language, str] = {
    "en": "Thank you for wanting to take part. Enough people like you have answered this survey already, so we need no "
    "further answers. Nothing of yours was stored.",
    "zh": "感谢您愿意参与。与您情况相近的受访者人数已满，我们不再需要更多答卷。您填写的内容未被保存。",
}
"""Shown instead of the form, and after an answer that came too late."""
