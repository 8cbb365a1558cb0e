"""Events of the customer service: customers, merges, consents, promises, purchases, returns, interactions."""

from decimal import Decimal
from enum import StrEnum
from typing import ClassVar, Literal
from uuid import UUID

from pydantic import AwareDatetime

from heed_common.contracts.event import Event


class CustomerKind(StrEnum):
    INDIVIDUAL = "individual"
    ORGANIZATION = "organization"


class CustomerRole(StrEnum):
    FINAL = "final"
    INTERMEDIARY = "intermediary"


class BuyerType(StrEnum):
    TRANSACTIONAL = "transactional"
    RELATIONSHIP = "relationship"


class PurchaseKind(StrEnum):
    GOODS = "goods"
    SERVICE = "service"


class ReturnReason(StrEnum):
    FAULTY = "faulty"
    WRONG_ITEM = "wrong_item"
    NOT_WANTED = "not_wanted"
    LATE = "late"
    CORRECTION = "correction"
    OTHER = "other"


class ConsentPurpose(StrEnum):
    """What customers consent to."""

    SERVICE = "service"
    SURVEY = "survey"
    MARKETING = "marketing"
    PROFILING = "profiling"
    SENSITIVE = "sensitive"
    """Processing of sensitive fields of the profile, which needs a consent of its own."""


class ConsentChannel(StrEnum):
    """How a customer is reached."""

    PHONE = "phone"
    MAIL = "mail"
    SMS = "sms"
    POST = "post"
    WECOM = "wecom"


class CustomerEvent(Event):
    topic: ClassVar[str] = "heed.customer"

    customer_id: UUID

    @property
    def subject(self) -> UUID:
        return self.customer_id

    @property
    def key(self) -> UUID:
        return self.customer_id


class CustomerState(CustomerEvent):
    """Public state of a customer, without personal data."""

    kind: CustomerKind
    """A person, or an organization."""
    role: CustomerRole | None = None
    """Whether the customer uses what it buys (`final`) or sells it on; null if it is not known."""
    buyer_type: BuyerType | None = None
    language: str | None = None
    time_zone: str | None = None
    region: str | None = None
    """The caller's code or that of ISO 3166-2, such as `CN-SH`; null if it is not known."""
    external_id_hash: str | None = None
    """SHA-256 of the caller's id, by which files of other services refer to the customer; the id may be an address."""


class CustomerRegistered(CustomerState):
    type: ClassVar[Literal["heed.customer.registered"]] = "heed.customer.registered"
    version: ClassVar[Literal[1]] = 1


class CustomerUpdated(CustomerState):
    type: ClassVar[Literal["heed.customer.updated"]] = "heed.customer.updated"
    version: ClassVar[Literal[1]] = 1

    changed: tuple[str, ...]
    """Names of the changed fields, including personal ones, without their values."""
    handed_over: bool = False
    """Whether another account manager replaced the previous one."""


class MergeEvent(CustomerEvent):
    """Published under the id of the duplicate and with its versions: the event with the highest version applies."""

    survivor_id: UUID


class CustomerMerged(MergeEvent):
    """The duplicate now belongs to the survivor, with all past and future events under its id."""

    type: ClassVar[Literal["heed.customer.merged"]] = "heed.customer.merged"
    version: ClassVar[Literal[1]] = 1


class CustomerUnmerged(MergeEvent):
    """The customers are separate again; `survivor_id` is the customer that the duplicate had been merged into."""

    type: ClassVar[Literal["heed.customer.unmerged"]] = "heed.customer.unmerged"
    version: ClassVar[Literal[1]] = 1


class ConsentChanged(CustomerEvent):
    """A decision of the customer about one purpose and channel. Of those that are valid, the latest version applies."""

    type: ClassVar[Literal["heed.consent.changed"]] = "heed.consent.changed"
    version: ClassVar[Literal[1]] = 1

    purpose: ConsentPurpose
    """What the decision is about."""
    channel: ConsentChannel
    granted: bool
    valid_from: AwareDatetime
    valid_to: AwareDatetime | None = None
    by_guardian: bool = False
    replaces_of: tuple[UUID, ...] = ()
    """Customers merged with this one at that time: the decision replaces theirs as well."""


class ContactKind(StrEnum):
    PHONE = "phone"
    MAIL = "mail"
    POST = "post"
    WECOM = "wecom"
    OTHER = "other"


class ContactState(StrEnum):
    UNVERIFIED = "unverified"
    VERIFIED = "verified"
    BOUNCED = "bounced"


class ContactChange(StrEnum):
    CREATED = "created"
    UPDATED = "updated"
    VERIFIED = "verified"
    BOUNCED = "bounced"
    DELETED = "deleted"


class ContactChanged(CustomerEvent):
    """A telephone number or an address changed. Its value is in no event."""

    type: ClassVar[Literal["heed.contact.changed"]] = "heed.contact.changed"
    version: ClassVar[Literal[1]] = 1

    contact_id: UUID
    kind: ContactKind
    """Kind of the contact."""
    change: ContactChange
    """What happened to the contact."""
    state: ContactState
    """State after the change."""

    @property
    def subject(self) -> UUID:
        return self.contact_id


class PromiseEvent(CustomerEvent):
    """The aggregate is the promise. What was promised, by whom and to whom is in no event."""

    promise_id: UUID
    due_at: AwareDatetime
    """The moment until which it can be kept."""

    @property
    def subject(self) -> UUID:
        return self.promise_id


class PromiseRecorded(PromiseEvent):
    """Something was promised to the customer, outside of a complaint."""

    type: ClassVar[Literal["heed.promise.recorded"]] = "heed.promise.recorded"
    version: ClassVar[Literal[1]] = 1


class PromiseSettled(PromiseEvent):
    type: ClassVar[Literal["heed.promise.settled"]] = "heed.promise.settled"
    version: ClassVar[Literal[1]] = 1

    kept: bool
    """False also for a promise that became overdue; `occurred_at` is then its `due_at`."""


class PurchaseEvent(CustomerEvent):
    """The aggregate is the purchase, so its returns follow it in order."""

    purchase_id: UUID

    @property
    def subject(self) -> UUID:
        return self.purchase_id


class PurchaseRecorded(PurchaseEvent):
    type: ClassVar[Literal["heed.purchase.recorded"]] = "heed.purchase.recorded"
    version: ClassVar[Literal[1]] = 1

    kind: PurchaseKind
    """`goods`, or `service` such as a visit of a workshop."""
    currency: str
    units: Decimal
    """Sum of the quantities of all lines, with up to three decimals."""
    gross: Decimal
    """The amount paid for all lines together, at most four decimals."""
    margin: Decimal
    """Gross minus the cost of the goods."""
    margin_estimated: bool
    """Whether a line had no cost, so that the default margin was used."""
    categories: tuple[str, ...]
    """Different categories of its lines."""
    products: tuple[str, ...] = ()
    """The first 80 distinct articles, in the order of the lines."""
    service_point_id: str | None = None
    external_id: str | None = None
    """The caller's id: after a restore of an older backup, a repeated request is recognised by it."""


class PurchaseReturned(PurchaseEvent):
    """Returned items, with the day of the purchase, so that the event may arrive before that of the purchase."""

    type: ClassVar[Literal["heed.purchase.returned"]] = "heed.purchase.returned"
    version: ClassVar[Literal[1]] = 1

    return_id: UUID
    purchase_occurred_at: AwareDatetime
    currency: str
    units: Decimal
    """Sum of the quantities that came back, positive, with up to three decimals."""
    gross: Decimal
    """Price of what came back, positive."""
    margin: Decimal
    """Contribution of what came back; to be taken off that of the purchase."""
    reason: ReturnReason
    """Why; a `correction` undoes a wrong record and is no return of goods."""
    external_id: str | None = None


class InteractionRecorded(CustomerEvent):
    """Any touchpoint before, during or after a purchase, with what it cost."""

    type: ClassVar[Literal["heed.interaction.recorded"]] = "heed.interaction.recorded"
    version: ClassVar[Literal[1]] = 1

    interaction_id: UUID
    kind: str
    """Code of the caller's own, such as `visit` or `newsletter`."""
    channel: str
    currency: str
    cost: Decimal | None = None
    campaign: str | None = None
    external_id: str | None = None

    @property
    def subject(self) -> UUID:
        return self.interaction_id


class ReferralRecorded(CustomerEvent):
    """The customer referred another customer."""

    type: ClassVar[Literal["heed.referral.recorded"]] = "heed.referral.recorded"
    version: ClassVar[Literal[1]] = 1

    referral_id: UUID
    referred_customer_id: UUID | None = None
    external_id: str | None = None

    @property
    def subject(self) -> UUID:
        return self.referral_id
