"""Requests and responses of the lifecycle of surveys."""

from typing import Self

from heed_common.fields import LongText, Moment, RequestModel, ResponseModel
from heed_common.languages import Language
from heed_survey.surveys.lifecycle.rules import RevisionRecord
from heed_survey.surveys.lifecycle.service import ComparedVersion


class RevisionIn(RequestModel):
    """What is changed after the version before, or after the pilot, and why; also that nothing needs a change."""

    reason: LongText
    """Why it is changed, or why it is not."""
    changes: LongText
    """What is changed, in words."""

    def to_domain(self) -> RevisionRecord:
        return RevisionRecord(reason=self.reason, changes=self.changes)


class PublicationIn(RequestModel):
    """Needed after a pilot whose version is published unchanged."""

    revision: RevisionIn | None = None
    """What the pilot led to; null without a pilot."""


class RevisionOut(ResponseModel):
    reason: str
    changes: str


class ItemChangesOut(ResponseModel):
    """Codes of items compared with the version before."""

    added: list[str]
    """Items that are new."""
    removed: list[str]
    """Items that are gone."""
    changed: list[str]
    """Items that are in both and differ."""


class SurveyVersionOut(ResponseModel):
    """A version of the questionnaire, and what changed since the one before."""

    survey_version: int
    languages: list[Language]
    """Languages in which all its texts are complete."""
    revision: RevisionOut | None
    """What was changed and why; null for the first version."""
    items: ItemChangesOut
    created_at: Moment
    piloted_at: Moment | None
    """When it was tried out; null without a pilot."""
    published_at: Moment | None

    @classmethod
    def from_domain(cls, compared: ComparedVersion) -> Self:
        version = compared.version
        return cls(
            survey_version=version.survey_version,
            languages=version.languages,
            revision=version.revision_record,
            items=ItemChangesOut.model_validate(compared.items),
            created_at=version.created_at,
            piloted_at=version.piloted_at,
            published_at=version.published_at,
        )
