"""What the complaint service tells. Every event carries the whole public state: the newest version is enough."""

from decimal import Decimal
from enum import StrEnum
from typing import ClassVar, Literal
from uuid import UUID

from pydantic import AwareDatetime

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
    FIRST_CONTACT = "first_contact"
    COMMITMENT = "commitment"
    RESOLUTION = "resolution"
    CALL_BACK = "call_back"


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
    """The private page."""


class ComplaintEvent(Event):
    topic: ClassVar[str] = "heed.complaint"
    version: ClassVar[Literal[1]] = 1

    complaint_id: UUID
    customer_id: UUID
    """Whom it is filed under now; the complaint's own id as long as nobody knows who complains."""
    former_customer_ids: tuple[UUID, ...] = ()
    """Customers it was filed under before corrections: the customer at the opening, then the last few others, the most
    recent last. It no longer counts in their scores."""
    severity: Severity
    state: ComplaintStatus
    category: str
    opened_at: AwareDatetime
    received_at: AwareDatetime
    completed_at: AwareDatetime | None = None
    """When it was resolved; empty again after a reopening."""
    ended_at: AwareDatetime | None = None
    """When it was declined, referred, closed or withdrawn."""
    within_target: bool | None = None
    """Whether the resolution came within its target; unknown until it came or the target passed."""
    solved: bool | None = None
    """What the customer answered when called back."""
    breached: tuple[Milestone, ...] = ()
    paused: bool = False
    kind: CaseKind = CaseKind.COMPLAINT
    """Of the cases only complaints are dissatisfaction that somebody voiced."""
    nth: int = 1
    """Which complaint of this customer about this product it is."""
    selling_suspended: bool = False
    """Whether nothing is to be sold to the customer because of it: a complaint that is not ended."""
    merged_into: UUID | None = None
    """The complaint that is handled in its place."""
    confidential: bool = False
    """Readers show it to those only who may read confidential complaints."""

    @property
    def customer_is_known(self) -> bool:
        return self.customer_id != self.complaint_id

    @property
    def case(self) -> CaseKind:
        """What kind of case it is about; readers of all events ask this, for a remedy's own `kind` is another."""
        return self.kind

    @property
    def subject(self) -> UUID:
        return self.complaint_id

    @property
    def key(self) -> UUID:
        """The customer at the opening, for life: with another key its events would overtake each other."""
        return self.former_customer_ids[0] if self.former_customer_ids else self.customer_id


class ComplaintOpened(ComplaintEvent):
    type: ClassVar[Literal["heed.complaint.opened"]] = "heed.complaint.opened"

    external_id: str | None = None
    """The caller's id: after a restore of an older backup, a repeated request is recognised by it."""


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


class ComplaintMessageReceived(ComplaintEvent):
    """The customer wrote about it; the text stays with the complaint."""

    type: ClassVar[Literal["heed.complaint.message_received"]] = "heed.complaint.message_received"

    message_id: UUID
    channel: MessageChannel


class SLABreached(ComplaintEvent):
    """A milestone was not reached in time; `milestone` says which."""

    type: ClassVar[Literal["heed.sla.breached"]] = "heed.sla.breached"

    milestone: Milestone
    due_at: AwareDatetime


class SLABreachWithdrawn(ComplaintEvent):
    """After a correction the milestone that was missed is in time, or still has time."""

    type: ClassVar[Literal["heed.sla.breach_withdrawn"]] = "heed.sla.breach_withdrawn"

    milestone: Milestone
    due_at: AwareDatetime | None = None
    """The corrected deadline; empty while the clock stands."""


class RemedyGranted(ComplaintEvent):
    """The customer gets something for the trouble. Told again, with the same `remedy_id`, for the customer whom the
    complaint is filed under later; of several under one id the one with the highest version holds."""

    type: ClassVar[Literal["heed.remedy.granted"]] = "heed.remedy.granted"

    remedy_id: UUID
    # It was told under this name before cases had kinds, and what was told once keeps its name.
    kind: RemedyKind  # type: ignore[assignment]
    case_kind: CaseKind = CaseKind.COMPLAINT
    currency: str
    amount: Decimal = Decimal(0)
    """What it is worth to the customer, at most four decimals."""
    cost: Decimal | None = None
    """What it costs the firm; empty where that is the amount."""

    @property
    def case(self) -> CaseKind:
        return self.case_kind


class ComplaintAssigned(ComplaintEvent):
    """Somebody takes charge of it, or another one does now."""

    type: ClassVar[Literal["heed.complaint.assigned"]] = "heed.complaint.assigned"

    owner: str | None
    """The agent in charge; empty where it waits in a queue."""
    queue: str | None = None


class PromiseKept(ComplaintEvent):
    type: ClassVar[Literal["heed.complaint.promise_kept"]] = "heed.complaint.promise_kept"

    promise_id: UUID
    promised_by: AwareDatetime


class PromiseBroken(ComplaintEvent):
    type: ClassVar[Literal["heed.complaint.promise_broken"]] = "heed.complaint.promise_broken"

    promise_id: UUID
    promised_by: AwareDatetime
    told_before: bool = False
    """Whether the customer was told, with an apology, before the moment had passed."""


class SLAWarned(ComplaintEvent):
    """So much of the target is used up that somebody should look."""

    type: ClassVar[Literal["heed.sla.warned"]] = "heed.sla.warned"

    milestone: Milestone
    due_at: AwareDatetime


class SLAEscalated(ComplaintEvent):
    """A step of the escalation chain is taken."""

    type: ClassVar[Literal["heed.sla.escalated"]] = "heed.sla.escalated"

    milestone: Milestone | None = None
    """Empty where not a clock but a repeated failure, or an answer of the customer, escalated it."""
    step: int
    to: str
    """The role, team or queue that is called."""


class GuaranteeTriggered(ComplaintEvent):
    """What was promised is broken and is paid for."""

    type: ClassVar[Literal["heed.guarantee.triggered"]] = "heed.guarantee.triggered"

    guarantee_id: UUID
    scope: GuaranteeScope
    remedy_id: UUID | None
    """What the customer gets for it; empty where the promise was made inside the firm."""
