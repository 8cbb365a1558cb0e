"""Requests and responses of the lifecycle of surveys."""

from heed_common.fields import LongText, Moment, RequestModel, ResponseModel
from heed_common.languages import Language
from heed_survey.surveys.lifecycle.rules import RevisionRecord


class RevisionIn(RequestModel):
    """What is changed after the version before, or after the pilot, and why; also that nothing needs a change."""

    reason: LongText
    changes: LongText

    def to_domain(self) -> RevisionRecord:
        return RevisionRecord(reason=self.reason, changes=self.changes)


class PublicationIn(RequestModel):
    """Needed after a pilot whose version is published unchanged."""

    revision: RevisionIn | None = None


class RevisionOut(ResponseModel):
    reason: str
    changes: str


class ItemChangesOut(ResponseModel):
    """Codes of items compared with the version before."""

    added: list[str]
    removed: list[str]
    changed: list[str]


class VersionOut(ResponseModel):
    survey_version: int
    languages: list[Language]
    revision: RevisionOut | None
    items: ItemChangesOut
    created_at: Moment
    piloted_at: Moment | None
    published_at: Moment | None
