"""States and versions of surveys, and the record of their design. Pure."""

from collections.abc import Mapping, Sequence, Set
from dataclasses import asdict, dataclass, fields
from datetime import date
from enum import StrEnum
from typing import Any, Protocol

from heed_survey.surveys.errors import (
    PilotRunning,
    SurveyAlreadyPublished,
    SurveyClosed,
    SurveyNotPublished,
    VersionChanged,
)

FIRST_VERSION, MAX_VERSION = 1, 1_000_000
MIN_GROUP, DEFAULT_MIN_GROUP = 3, 5
"""Respondents of the smallest group that results are shown for."""


CHANGED_ANY_TIME = frozenset({"wave"})
"""Settings of a published survey that still change."""


class SurveyState(StrEnum):
    DRAFT = "draft"
    PILOT = "pilot"
    """Tried out on a few people; their responses are no part of the analysis."""
    PUBLISHED = "published"
    CLOSED = "closed"


class Nature(StrEnum):
    EXPLORATORY = "exploratory"
    CONCLUSIVE = "conclusive"


@dataclass(frozen=True, slots=True)
class Study:
    """Record of the design, made before the start."""

    purpose: str | None = None
    nature: Nature | None = None
    population: str | None = None
    method: str | None = None
    regions: tuple[str, ...] = ()
    report_due: date | None = None
    responsible: str | None = None
    use: str | None = None
    """Decisions that the results are for."""
    frequency: str | None = None
    report_contents: str | None = None

    @property
    def missing(self) -> tuple[str, ...]:
        """Names of the members that the record needs and lacks."""
        return tuple(name for name in REQUIRED_STUDY if getattr(self, name) is None)

    def to_json(self) -> dict[str, Any]:
        present = {name: value for name, value in asdict(self).items() if value not in (None, ())}
        return present | ({} if self.report_due is None else {"report_due": self.report_due.isoformat()})


REQUIRED_STUDY = ("purpose", "nature", "population", "method", "report_due", "responsible")


def study_from_json(stored: Mapping[str, Any] | None) -> Study:
    """Return the study that `to_json` has written; an empty one if there is none."""
    values = {field.name: stored[field.name] for field in fields(Study) if field.name in stored} if stored else {}
    if "nature" in values:
        values["nature"] = Nature(values["nature"])
    if "report_due" in values:
        values["report_due"] = date.fromisoformat(values["report_due"])
    return Study(**values | {"regions": tuple(values.get("regions", ()))})


@dataclass(frozen=True, slots=True)
class Settings:
    """What a survey has beside its questionnaire."""

    anonymous: bool = False
    min_group: int = DEFAULT_MIN_GROUP
    wave: str | None = None
    study: Study | None = None
    quotas: tuple[Mapping[str, Any], ...] = ()
    """Limits on responses from groups of customers: name, condition and limit, as they were sent."""

    def to_columns(self) -> dict[str, Any]:
        return {
            "anonymous": self.anonymous,
            "min_group": self.min_group,
            "wave": self.wave,
            "study": None if self.study is None else self.study.to_json(),
            "quotas": [dict(quota) for quota in self.quotas],
        }


class Collecting(Protocol):
    """State and versions of a survey."""

    @property
    def state(self) -> str: ...
    @property
    def survey_version(self) -> int: ...
    @property
    def draft_version(self) -> int | None: ...
    @property
    def pilot_version(self) -> int | None: ...
    @property
    def is_published(self) -> bool: ...
    @property
    def anonymous(self) -> bool: ...
    @property
    def quotas(self) -> Sequence[object]: ...
    @property
    def study(self) -> Mapping[str, Any] | None: ...


def collecting_version(survey: Collecting, requested: int | None) -> tuple[int, bool]:
    """Return the version that a response belongs to, and whether it is of the pilot.

    `requested` is the version that was shown to the respondent; without it the current one is meant.
    Raises `SurveyClosed`, `SurveyNotPublished`, `VersionChanged`.
    """
    if survey.state == SurveyState.CLOSED:
        raise SurveyClosed
    if requested is None:
        requested = survey.survey_version if survey.is_published else survey.pilot_version
    if requested is None:
        raise SurveyNotPublished
    if survey.is_published and requested == survey.survey_version:
        return requested, False
    if requested == survey.pilot_version:
        return requested, True
    if not survey.is_published and survey.pilot_version is None:
        raise SurveyNotPublished
    raise VersionChanged(pointer="/survey_version")


def check_change(survey: Collecting, *, changes_questions: bool, settings: Set[str]) -> None:
    """Check that a caller may change this of the survey now.

    Raises `SurveyClosed`, `SurveyAlreadyPublished`, `PilotRunning`.
    """
    if survey.state == SurveyState.CLOSED:
        raise SurveyClosed
    is_written = survey.draft_version is not None
    if (changes_questions and not is_written) or (settings - CHANGED_ANY_TIME and survey.is_published):
        raise SurveyAlreadyPublished
    if survey.pilot_version is not None and (changes_questions or settings - CHANGED_ANY_TIME):
        raise PilotRunning


def is_study(survey: Collecting) -> bool:
    """Return whether the survey is a study, whose design is recorded before its start.

    Quick surveys after a contact are none; anonymous ones, those with quotas, and those that name a purpose are.
    """
    return survey.anonymous or bool(survey.quotas) or survey.study is not None
