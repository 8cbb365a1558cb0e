"""Events of the complaint service. Each carries the whole public state, so the newest version is sufficient."""

from decimal import Decimal
from enum import StrEnum
from typing import ClassVar, Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict

from heed_common.contracts.event import Event


class CaseKind(StrEnum):
    COMPLAINT = "complaint"
    SERVICE_REQUEST = "service_request"
    ENQUIRY = "enquiry"
    SUGGESTION = "suggestion"
    PRAISE = "praise"
    UNVOICED_GRIEVANCE = "unvoiced_grievance"


class Severity(StrEnum):
    MINOR = "minor"
    MAJOR = "major"
    CRITICAL = "critical"


class ComplaintStatus(StrEnum):
    RECEIVED = "received"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    REFERRED = "referred"
    CONTACTED = "contacted"
    COMMITTED = "committed"
    COMPLETED = "completed"
    CONFIRMED = "confirmed"
    CALLED_BACK = "called_back"
    CLOSED = "closed"
    WITHDRAWN = "withdrawn"


class Milestone(StrEnum):
    """In the order of the flow; later versions may add others."""

    ACKNOWLEDGEMENT = "acknowledgement"
    FIRST_CONTACT = "first_contact"
    COMMITMENT = "commitment"
    PROGRESS = "progress"
    RESOLUTION = "resolution"
    CALL_BACK = "call_back"


MESSAGE_MILESTONES = frozenset({Milestone.ACKNOWLEDGEMENT, Milestone.PROGRESS})
"""They exist only where messages can be sent to the customer."""


class GuaranteeScope(StrEnum):
    SINGLE_ATTRIBUTE = "single_attribute"
    SEVERAL_ATTRIBUTES = "several_attributes"
    UNCONDITIONAL_SATISFACTION = "unconditional_satisfaction"
    COMBINED = "combined"


class RemedyKind(StrEnum):
    APOLOGY = "apology"
    EXPLANATION = "explanation"
    REPAIR = "repair"
    REPLACEMENT = "replacement"
    REFUND = "refund"
    COMPENSATION = "compensation"
    GOODWILL = "goodwill"
    CORRECTION = "correction"


class MessageChannel(StrEnum):
    """How a customer's message arrived; later versions may add others."""

    MAIL = "mail"
    WEB = "web"
    """The customer's status page."""


class ComplaintEvent(Event):
    topic: ClassVar[str] = "heed.complaint"
    version: ClassVar[Literal[1]] = 1

    complaint_id: UUID
    customer_id: UUID
    """Current customer; the complaint's own id while the complainant is unidentified."""
    former_customer_ids: tuple[UUID, ...] = ()
    """Customers before corrections: the customer at the opening, then the last few others, the most recent last. The
    complaint no longer counts in their scores."""
    severity: Severity
    state: ComplaintStatus
    """State after the event."""
    category: str
    opened_at: AwareDatetime
    received_at: AwareDatetime
    completed_at: AwareDatetime | None = None
    """When it was resolved; null again after a reopening."""
    ended_at: AwareDatetime | None = None
    """When it was declined, referred, closed or withdrawn."""
    within_target: bool | None = None
    """Whether it was resolved within the target; null until it is resolved or the target has passed."""
    solved: bool | None = None
    """The customer's answer to the call-back."""
    breached: tuple[Milestone, ...] = ()
    paused: bool = False
    kind: CaseKind = CaseKind.COMPLAINT
    """Kind of case; only complaints are dissatisfaction that a customer has expressed."""
    nth: int = 1
    """Number of this complaint among those of the customer about the product, starting at 1."""
    selling_suspended: bool = False
    """Whether selling to the customer is suspended until the complaint has ended."""
    merged_into: UUID | None = None
    """The complaint that it was merged into."""
    confidential: bool = False
    """Consumers show it only to users who may read confidential complaints."""

    @property
    def customer_is_known(self) -> bool:
        return self.customer_id != self.complaint_id

    @property
    def case(self) -> CaseKind:
        """Return the kind of case of any event: the `kind` of `RemedyGranted` is that of the remedy."""
        return self.kind

    @property
    def subject(self) -> UUID:
        return self.complaint_id

    @property
    def key(self) -> UUID:
        """Return the customer at the opening, permanently: with another key events could overtake each other."""
        return self.former_customer_ids[0] if self.former_customer_ids else self.customer_id


class ComplaintOpened(ComplaintEvent):
    type: ClassVar[Literal["heed.complaint.opened"]] = "heed.complaint.opened"

    external_id: str | None = None
    """The caller's id: after a restore of an older backup, a repeated request is recognised by it."""


class PastMove(BaseModel):
    """A move of a complaint before it was imported."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    action: str
    """As in transitions, such as `accept` or `complete`; later versions may add others."""
    at: AwareDatetime
    """When it was made."""


class ComplaintImported(ComplaintEvent):
    """A complaint was taken over with its history: the only event about everything that had happened before.

    It carries the state after the last move. What follows is published by the usual events.
    """

    type: ClassVar[Literal["heed.complaint.imported"]] = "heed.complaint.imported"

    external_id: str | None = None
    """The caller's id: after a restore of an older backup, a repeated import is recognised by it."""
    moves: tuple[PastMove, ...] = ()
    """In their order, as far as they are known."""


class ComplaintAccepted(ComplaintEvent):
    type: ClassVar[Literal["heed.complaint.accepted"]] = "heed.complaint.accepted"


class ComplaintDeclined(ComplaintEvent):
    type: ClassVar[Literal["heed.complaint.declined"]] = "heed.complaint.declined"


class ComplaintReferred(ComplaintEvent):
    type: ClassVar[Literal["heed.complaint.referred"]] = "heed.complaint.referred"


class ComplaintContacted(ComplaintEvent):
    type: ClassVar[Literal["heed.complaint.contacted"]] = "heed.complaint.contacted"


class ComplaintCommitted(ComplaintEvent):
    type: ClassVar[Literal["heed.complaint.committed"]] = "heed.complaint.committed"


class ComplaintPaused(ComplaintEvent):
    type: ClassVar[Literal["heed.complaint.paused"]] = "heed.complaint.paused"


class ComplaintResumed(ComplaintEvent):
    type: ClassVar[Literal["heed.complaint.resumed"]] = "heed.complaint.resumed"


class ComplaintCompleted(ComplaintEvent):
    type: ClassVar[Literal["heed.complaint.completed"]] = "heed.complaint.completed"


class ComplaintConfirmed(ComplaintEvent):
    type: ClassVar[Literal["heed.complaint.confirmed"]] = "heed.complaint.confirmed"


class ComplaintCalledBack(ComplaintEvent):
    type: ClassVar[Literal["heed.complaint.called_back"]] = "heed.complaint.called_back"

    pleasant: bool | None = None


class ComplaintReopened(ComplaintEvent):
    type: ClassVar[Literal["heed.complaint.reopened"]] = "heed.complaint.reopened"


class ComplaintClosed(ComplaintEvent):
    type: ClassVar[Literal["heed.complaint.closed"]] = "heed.complaint.closed"


class ComplaintWithdrawn(ComplaintEvent):
    type: ClassVar[Literal["heed.complaint.withdrawn"]] = "heed.complaint.withdrawn"


class ComplaintAmended(ComplaintEvent):
    """Severity, category or another field was corrected."""

    type: ClassVar[Literal["heed.complaint.amended"]] = "heed.complaint.amended"

    changed: tuple[str, ...]
    """Names of the corrected fields, without their values."""


class ComplaintMessageReceived(ComplaintEvent):
    """The customer sent a message; its text stays in the complaint service."""

    type: ClassVar[Literal["heed.complaint.message_received"]] = "heed.complaint.message_received"

    message_id: UUID
    channel: MessageChannel


class SLABreached(ComplaintEvent):
    """A milestone was not reached in time."""

    type: ClassVar[Literal["heed.sla.breached"]] = "heed.sla.breached"

    milestone: Milestone
    due_at: AwareDatetime


class SLABreachWithdrawn(ComplaintEvent):
    """After a correction a missed milestone was reached in time, or is not due yet."""

    type: ClassVar[Literal["heed.sla.breach_withdrawn"]] = "heed.sla.breach_withdrawn"

    milestone: Milestone
    due_at: AwareDatetime | None = None
    """The corrected deadline; null while the clock is paused."""


class RemedyGranted(ComplaintEvent):
    """The customer receives a remedy. Published again with the same `remedy_id` when the complaint moves to another
    customer; of several with one id the one with the highest version applies."""

    type: ClassVar[Literal["heed.remedy.granted"]] = "heed.remedy.granted"

    remedy_id: UUID
    # This name was published before cases had kinds, and published names never change.
    kind: RemedyKind  # type: ignore[assignment]
    case_kind: CaseKind = CaseKind.COMPLAINT
    currency: str
    amount: Decimal = Decimal(0)
    """Worth to the customer, at most four decimals."""
    cost: Decimal | None = None
    """Cost to the organisation; null if it equals the amount."""

    @property
    def case(self) -> CaseKind:
        return self.case_kind


class ComplaintAssigned(ComplaintEvent):
    """The complaint has a new owner or queue."""

    type: ClassVar[Literal["heed.complaint.assigned"]] = "heed.complaint.assigned"

    owner: str | None
    """The agent in charge; null while it waits in a queue."""
    queue: str | None = None
    """Queue of the complaint; null if it is in none."""


class PromiseKept(ComplaintEvent):
    type: ClassVar[Literal["heed.complaint.promise_kept"]] = "heed.complaint.promise_kept"

    promise_id: UUID
    promised_by: AwareDatetime
    """Until when it was to be kept."""


class PromiseBroken(ComplaintEvent):
    type: ClassVar[Literal["heed.complaint.promise_broken"]] = "heed.complaint.promise_broken"

    promise_id: UUID
    promised_by: AwareDatetime
    """Until when it was to be kept."""
    told_before: bool = False
    """Whether the customer was notified, with an apology, before the deadline."""


class SLAWarned(ComplaintEvent):
    """The share of the target at which agents are warned has passed."""

    type: ClassVar[Literal["heed.sla.warned"]] = "heed.sla.warned"

    milestone: Milestone
    due_at: AwareDatetime


class SLAEscalated(ComplaintEvent):
    """A step of the escalation chain has been reached."""

    type: ClassVar[Literal["heed.sla.escalated"]] = "heed.sla.escalated"

    milestone: Milestone | None = None
    """Null if a repeated failure or an answer of the customer, and not a clock, caused the escalation."""
    step: int
    """Number of the step in the chain, from 1."""
    to: str
    """The role, team or queue to which it is escalated."""


class GuaranteeTriggered(ComplaintEvent):
    """A guarantee was broken and pays out."""

    type: ClassVar[Literal["heed.guarantee.triggered"]] = "heed.guarantee.triggered"

    guarantee_id: UUID
    scope: GuaranteeScope
    """What was guaranteed: one attribute, several, or satisfaction without a condition."""
    remedy_id: UUID | None
    """The customer's remedy; null for guarantees inside the organisation."""
