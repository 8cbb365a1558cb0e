"""Hints in responses."""

from heed_common.fields import ResponseModel
from heed_common.languages import Language
from heed_survey.surveys.wording.lexicon import Rule


class HintOut(ResponseModel):
    item: str
    """Code of the item."""
    rule: Rule
    """Which weakness the wording seems to have."""
    language: Language
    """Of the text that the hint is about."""
    hint: str
    """In the language of the request."""
    found: str | None
    """The words concerned."""


class WordingOut(ResponseModel):
    survey_version: int
    hints: list[HintOut]
    """Places to look at again; none of them prevents publishing."""
