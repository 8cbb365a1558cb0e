"""Events of the survey service: published surveys, invitations and responses, without free text."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import ClassVar, Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict

from heed_common.contracts.event import Event


class Measure(StrEnum):
    """What an item measures; scoring uses all but `other`."""

    SATISFACTION = "satisfaction"
    RECOMMENDATION = "recommendation"
    EFFORT = "effort"
    TRUST = "trust"
    REPURCHASE_INTENTION = "repurchase_intention"
    DEFECTION_REASON = "defection_reason"
    """How much the reason that `about` names would make the customer leave."""
    RETENTION_MOTIVE = "retention_motive"
    """How much what `about` names makes the customer stay."""
    SWITCHING_BARRIER = "switching_barrier"
    """How much what `about` names keeps the customer from leaving."""
    OTHER = "other"


class DefectionReason(StrEnum):
    PRICE = "price"
    PRODUCT = "product"
    SERVICE = "service"
    OWN_CHANGE = "own_change"
    COMPETITOR = "competitor"
    UNKNOWN = "unknown"


class RetentionMotive(StrEnum):
    CUSTOMER_SURPLUS = "customer_surplus"
    ATTACHMENT = "attachment"


class SwitchingBarrier(StrEnum):
    SUNK_COST = "sunk_cost"
    TRANSACTION_COST = "transaction_cost"
    SWITCHING_COST = "switching_cost"
    OPPORTUNITY_COST = "opportunity_cost"
    TERMINATION_BARRIER = "termination_barrier"


ABOUT: Mapping[Measure, frozenset[str]] = MappingProxyType(
    {
        Measure.DEFECTION_REASON: frozenset(DefectionReason) - {DefectionReason.UNKNOWN},
        Measure.RETENTION_MOTIVE: frozenset(RetentionMotive),
        Measure.SWITCHING_BARRIER: frozenset(SwitchingBarrier),
    }
)
"""Allowed values of `about` by measure; items of other measures have none."""


class InvitationKind(StrEnum):
    SURVEY = "survey"
    """Any other survey."""
    CALL_BACK = "call_back"
    """Asks whether a complaint is solved, and whether the contact was pleasant."""


class Answer(BaseModel):
    """One answered item on its scale, `lowest` being the unhappiest end."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    item: str
    """Code of the item."""
    measure: Measure
    """What the item measures; scoring uses all but `other`."""
    lowest: int
    highest: int
    value: int
    """Counted from the unhappiest end, from `lowest` to `highest`."""
    about: str | None = None
    """The reason, motive or barrier that the item asks about."""
    reversed: bool = False
    """Whether the customer was asked in the opposite sense: `value` is counted from the unhappiest end all the same."""

    @property
    def given(self) -> int:
        """Return the value that the customer chose."""
        return self.lowest + self.highest - self.value if self.reversed else self.value


class SurveyEvent(Event):
    topic: ClassVar[str] = "heed.survey"
    version: ClassVar[Literal[1]] = 1

    survey_id: UUID
    survey_version: int

    @property
    def subject(self) -> UUID:
        return self.survey_id

    @property
    def key(self) -> UUID:
        return self.survey_id


class SurveyPublished(SurveyEvent):
    type: ClassVar[Literal["heed.survey.published"]] = "heed.survey.published"

    anonymous: bool | None = None
    """Null in events of earlier versions."""
    min_group: int | None = None
    """Respondents of the smallest group that results are shown for."""


class ResponseReceived(SurveyEvent):
    type: ClassVar[Literal["heed.response.received"]] = "heed.response.received"

    response_id: UUID
    customer_id: UUID | None = None
    """Null for anonymous surveys."""
    answers: tuple[Answer, ...]
    """Only answers on scales; texts and choices stay in the survey service."""
    complaint_id: UUID | None = None
    """The complaint that the call-back was about."""
    solved: bool | None = None
    """Whether the customer considers it solved, if the question was answered."""
    pleasant: bool | None = None
    external_id: str | None = None
    """The caller's id; never set for an anonymous response."""
    mode: str | None = None
    """How the answers were collected: web, phone, face_to_face, mail, comment_card, …. New codes may be added."""
    wave: str | None = None
    invitation_id: UUID | None = None
    """The invitation whose link was used; never set for an anonymous response."""
    quotas: tuple[str, ...] | None = None
    """Names of the quotas that it counts in; null for an anonymous response, whose quotas are counted before."""
    flags: tuple[str, ...] = ()
    """Doubts about its quality; never set for an anonymous response."""

    @property
    def subject(self) -> UUID:
        return self.response_id

    @property
    def key(self) -> UUID:
        return self.customer_id or self.response_id


class InvitationIssued(SurveyEvent):
    """A customer is invited to a survey."""

    type: ClassVar[Literal["heed.invitation.issued"]] = "heed.invitation.issued"

    invitation_id: UUID
    kind: InvitationKind
    """`call_back` asks about a completed complaint; `survey` is any other."""
    customer_id: UUID | None = None
    """Null while the complainant is unidentified."""
    complaint_id: UUID | None = None
    wave: str | None = None
    occasion: str | None = None
    """The event that triggered it, with the step of the sequence; a customer is invited once for each occasion."""
    channels: tuple[str, ...] = ()
    expires_at: AwareDatetime | None = None
    """When its link expires."""
    reminders: int = 0
    """How many reminders are planned."""
    remind_every_seconds: int | None = None
    """Distance of the reminders; null if there are none."""
    sample_id: UUID | None = None
    """The sample that the customer was drawn in."""
    batch_id: UUID | None = None
    trigger_id: UUID | None = None

    @property
    def subject(self) -> UUID:
        return self.invitation_id

    @property
    def key(self) -> UUID:
        return self.customer_id or self.invitation_id


class DetractorFound(SurveyEvent):
    """A customer would not recommend the organisation. Published after the response, as a second event about it."""

    type: ClassVar[Literal["heed.detractor.found"]] = "heed.detractor.found"

    response_id: UUID
    customer_id: UUID
    score: int
    """The low answer, from `lowest` to `highest`."""
    lowest: int
    highest: int

    @property
    def subject(self) -> UUID:
        return self.response_id

    @property
    def key(self) -> UUID:
        return self.customer_id


class DissatisfactionFound(SurveyEvent):
    """A response fulfils a policy of the survey that opens a complaint. Published after the response, about it.

    Never caused by a call-back, nor twice for one customer and matter within the period of the policy.
    """

    type: ClassVar[Literal["heed.dissatisfaction.found"]] = "heed.dissatisfaction.found"

    response_id: UUID
    customer_id: UUID
    matter: str
    """What it is about: a category of complaints."""
    policy: str
    """Name of the follow-up policy whose condition holds."""

    @property
    def subject(self) -> UUID:
        return self.response_id

    @property
    def key(self) -> UUID:
        return self.customer_id


class AnalysisPublished(SurveyEvent):
    """A report of the survey was frozen. Its figures are not published; `content_hash` proves a copy of them."""

    type: ClassVar[Literal["heed.analysis.published"]] = "heed.analysis.published"

    report_id: UUID
    wave: str | None = None
    """Null for a report about all waves."""
    content_hash: str
    """SHA-256 of the document, in hexadecimal digits."""

    @property
    def subject(self) -> UUID:
        return self.report_id
