"""The document of a report: everything that its page shows, and nothing that its readers may not see.

It is stored as text and hashed as it is stored, so that anyone can check a copy: no field of it may change its meaning.
"""

import hashlib
from datetime import date
from typing import Literal, Self
from uuid import UUID

from pydantic import Field

from heed_common.fields import Moment, ResponseModel
from heed_common.languages import Language
from heed_survey.analysis.results.documents import Cell, CountCell
from heed_survey.call_backs.facts.rules import Fact
from heed_survey.surveys.questionnaire.items import Translated

HeadlineKind = Literal["csat", "nps", "ces"]


class Text(ResponseModel):
    """A text of the questionnaire in the languages that it has."""

    en: str | None
    zh: str | None

    def text(self, language: Language) -> str:
        return Translated(self.en, self.zh).text(language)


class StudyPart(ResponseModel):
    """The record of the design. `responsible` and `use` are for employees: the public page leaves them out."""

    purpose: str | None = None
    nature: str | None = None
    population: str | None = None
    method: str | None = None
    regions: tuple[str, ...] = ()
    report_due: date | None = None
    responsible: str | None = None
    use: str | None = None
    frequency: str | None = None


class CollectionPart(ResponseModel):
    """How the responses came in. `design` names the parts of the sampling design that the intervals count."""

    responses: CountCell
    modes: dict[str, CountCell]
    flagged: CountCell
    """Responses with doubts about their quality."""
    design: str
    invitations: int | None = None
    rates: dict[str, float | None] = Field(default_factory=dict)


class Headline(ResponseModel):
    """A key figure: share of the satisfied, net promoter score or effort score of an item."""

    kind: HeadlineKind
    item: str
    text: Text
    estimate: Cell
    counts: dict[str, CountCell]
    without_flagged: Cell | None
    """The same without responses of doubtful quality; None where there are none, or too few to be left out."""


class NodePart(ResponseModel):
    """A node of the index on 0–100, parents before children; `level` 0 is the index itself."""

    path: str
    level: int
    text: Text | None
    item: str | None
    weight: float
    total_weight: float
    score: Cell


class DifferencePart(ResponseModel):
    """The best less the worst of the `compared` indicators; its interval holds for all their pairs at once."""

    best: str
    worst: str
    compared: int
    difference: Cell


class IndexPart(ResponseModel):
    nodes: tuple[NodePart, ...]
    difference: DifferencePart | None
    without_flagged: Cell | None


class AttributePart(ResponseModel):
    """An attribute with its region; `certain` if both intervals lie on one side of their axis."""

    item: str
    text: Text
    importance: Cell
    performance: Cell
    region: str | None
    certain: bool


class MatrixPart(ResponseModel):
    """Importance against performance. Without attributes it is not shown. Zones are half widths of the grey zone."""

    importance: Literal["stated", "derived"]
    importance_axis: float | None = None
    performance_axis: float | None = None
    importance_zone: float = 0.0
    performance_zone: float = 0.0
    attributes: tuple[AttributePart, ...] = ()


class WavePart(ResponseModel):
    wave: str
    estimate: Cell
    change: Cell | None
    p: float | None


class TrendPart(ResponseModel):
    """A key figure of each wave."""

    figure: Literal["mean", "nps", "csat", "index"]
    text: Text | None
    waves: tuple[WavePart, ...]


class ChoicePart(ResponseModel):
    """An option or a value of a scale: how many chose it, and its share of the respondents."""

    code: str
    text: Text | None
    count: CountCell
    share: Cell


class ItemPart(ResponseModel):
    """An item with its frequencies, or its mean; `responses` is None where its type has no result here."""

    code: str
    text: Text
    section: Text | None
    type: str
    responses: CountCell | None
    choices: tuple[ChoicePart, ...] = ()
    mean: Cell | None = None
    reversed: bool = False
    """Whether the mean counts from the other end than the choices."""


class FactPart(ResponseModel):
    """A fact: the shares of the satisfied where it was met and where not, and how many words disagree with it."""

    fact: Fact
    satisfied_if_met: Cell
    satisfied_if_not: Cell
    difference: Cell
    fact_good_word_bad: CountCell
    fact_bad_word_good: CountCell | None


class FactsPart(ResponseModel):
    """Answers to an item beside what had happened to the customer. Without facts it is not shown."""

    item: str | None = None
    text: Text | None = None
    window_days: int | None = None
    facts: tuple[FactPart, ...] = ()


class ReportBody(ResponseModel):
    """What is computed from the responses."""

    collection: CollectionPart
    headlines: tuple[Headline, ...]
    index: IndexPart | None
    matrix: MatrixPart | None
    trends: tuple[TrendPart, ...]
    items: tuple[ItemPart, ...]
    warnings: tuple[str, ...]
    facts: FactsPart | None = None


class ReportDocument(ResponseModel):
    format: Literal[1] = 1
    survey_id: UUID
    survey_version: int
    wave: str | None
    """Without one, the report is about all waves."""
    computed_at: Moment
    languages: tuple[Language, ...]
    title: Text
    anonymous: bool
    min_group: int
    controlled: bool
    """Whether small groups are withheld; a report for those who may read single responses shows all."""
    study: StudyPart | None
    body: ReportBody

    def to_bytes(self) -> bytes:
        return self.model_dump_json().encode()

    @classmethod
    def from_bytes(cls, content: bytes) -> Self:
        return cls.model_validate_json(content)


def content_hash(content: bytes) -> str:
    """Return the SHA-256 of a document as hexadecimal digits."""
    return hashlib.sha256(content).hexdigest()


def to_text(text: Translated) -> Text:
    return Text(en=text.en, zh=text.zh)


def optional_text(text: Translated | None) -> Text | None:
    return None if text is None else to_text(text)
