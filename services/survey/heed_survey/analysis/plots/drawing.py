"""Plots by the name of their analysis."""

from typing import Literal

from heed_common.languages import Language
from heed_survey.analysis.results.documents import ResultOut


def draw(name: str, result: ResultOut, *, image_format: Literal["png", "svg"], language: Language) -> bytes:
    """Return the content of the image file."""
    raise NotImplementedError
