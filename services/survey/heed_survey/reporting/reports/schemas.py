"""Requests and responses of reports."""

from uuid import UUID

from pydantic import StrictBool

from heed_common.fields import Code, Moment, RequestModel, ResponseModel
from heed_common.languages import Language
from heed_survey.reporting.reports.tables import SurveyReport


class ReportIn(RequestModel):
    """A report to freeze: of one wave, or of all."""

    wave: Code | None = None
    for_public: StrictBool = False
    """Withhold small groups even from callers who may read single responses, so that it can be made public."""


class ReportPatch(RequestModel):
    public: StrictBool
    """Whether everyone may read the results at `public_url`. Made public again, a report has another address."""


class SurveyReportOut(ResponseModel):
    """A frozen report. `content_hash` is the SHA-256 of its document, byte by byte."""

    id: UUID
    survey_id: UUID
    survey_version: int
    wave: str | None
    languages: list[Language]
    """Languages in which it can be read."""
    content_hash: str
    controlled: bool
    """Whether small groups are withheld; only such a report can be public, others need `responses:read`."""
    responses: int
    """Responses that it was computed from; with a wave, those of all waves."""
    created_at: Moment
    created_by: str
    public: bool
    """Whether anyone with its link can read it."""
    public_url: str | None
    """The link; null while it is not public."""
    published_at: Moment | None
    withdrawn_at: Moment | None

    @classmethod
    def from_domain(cls, report: SurveyReport, *, base_url: str) -> "SurveyReportOut":
        names = cls.model_fields.keys() - {"public", "public_url"}
        columns = {name: getattr(report, name) for name in names}
        is_public = report.public_code is not None
        url = f"{base_url.rstrip('/')}{results_path(report.public_code)}" if report.public_code is not None else None
        return cls(**columns, public=is_public, public_url=url)


def results_path(code: str) -> str:
    """Return the address of a public page: two parts below `/s`, where the links of forms have one."""
    return f"/s/results/{code}"
