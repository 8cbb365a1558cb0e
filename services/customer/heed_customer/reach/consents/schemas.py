"""Requests and responses of consents."""

from uuid import UUID

from pydantic import Field

from heed_common.contracts.customer import ConsentChannel, ConsentPurpose
from heed_common.fields import LongText, Moment, RequestModel, ResponseModel, ShortText
from heed_customer.reach.consents.evidence import Evidence
from heed_customer.reach.consents.rules import Consent, ConsentStatus
from heed_customer.reach.consents.service import Consents, NewDecision
from heed_customer.reach.consents.tables import ConsentDecision


class ConsentIn(RequestModel):
    granted: bool
    source: ShortText = Field(description="How the customer decided: a form, a call, a message.")
    proof: LongText | None = Field(None, description="Where the proof is, or its wording; encrypted.")
    valid_from: Moment | None = Field(None, description="By default now; until then the previous decision counts.")
    valid_to: Moment | None = Field(None, description="A grant expires then; a refusal leaves the matter undecided.")
    by_guardian: bool = Field(default=False, description="A guardian decided for a child.")

    def to_domain(self, purpose: ConsentPurpose, channel: ConsentChannel) -> NewDecision:
        return NewDecision(
            purpose,
            channel,
            granted=self.granted,
            source=self.source,
            proof=self.proof,
            valid_from=self.valid_from,
            valid_to=self.valid_to,
            by_guardian=self.by_guardian,
        )


class ConsentOut(ResponseModel):
    """What counts now, with the decision behind it if there is one."""

    purpose: ConsentPurpose
    """What the customer may be contacted for."""
    channel: ConsentChannel
    allowed: bool
    """What counts now; of merged customers the most restrictive decision, and guardians considered."""
    status: ConsentStatus
    """`undecided`: by default only `service` is allowed then. `expired`: it was granted until a past moment."""
    granted: bool | None
    """The decision that counts; null without one."""
    needs_guardian: bool
    """Whether it is granted but not allowed until a guardian consents, as for a child."""
    decision_id: UUID | None
    """The decision that counts; null if there is none."""
    customer_id: UUID | None
    """Of merged customers the one whose decision counts."""
    by_guardian: bool | None
    """Whether a guardian consented for a child; null without a decision."""
    source: str | None
    """Where the decision was given, such as a form; null without a decision."""
    valid_from: Moment | None
    """From when the decision holds; null without one."""
    valid_to: Moment | None
    recorded_at: Moment | None
    """When the decision was stored; null without one."""

    @classmethod
    def from_domain(
        cls, purpose: ConsentPurpose, channel: ConsentChannel, consent: Consent, evidence: Evidence | None
    ) -> "ConsentOut":
        decision = consent.decision
        names = ("granted", "customer_id", "by_guardian", "valid_from", "valid_to", "recorded_at")
        return cls(
            purpose=purpose,
            channel=channel,
            allowed=consent.allowed,
            status=consent.status,
            needs_guardian=consent.needs_guardian,
            decision_id=decision and decision.id,
            source=evidence and evidence.source,
            **{name: decision and getattr(decision, name) for name in names},
        )


class ConsentsOut(ResponseModel):
    """All purposes and channels."""

    items: list[ConsentOut]

    @classmethod
    def from_domain(cls, consents: Consents, evidence: dict[UUID, Evidence]) -> "ConsentsOut":
        found = [
            (purpose, channel, consents.get(purpose, channel))
            for purpose in ConsentPurpose
            for channel in ConsentChannel
        ]
        return cls(
            items=[
                ConsentOut.from_domain(
                    purpose, channel, consent, evidence.get(consent.decision.id) if consent.decision else None
                )
                for purpose, channel, consent in found
            ]
        )


class DecisionOut(ResponseModel):
    """One decision of the history."""

    id: UUID
    customer_id: UUID
    purpose: ConsentPurpose
    """What the customer decided about."""
    channel: ConsentChannel
    granted: bool
    by_guardian: bool
    source: str | None
    """Where it was given, such as a form; null once its evidence is erased."""
    proof: str | None
    """What proves it, such as the id of a recording; null if nothing."""
    valid_from: Moment
    valid_to: Moment | None
    recorded_at: Moment
    recorded_by: str

    @classmethod
    def from_row(cls, row: ConsentDecision, evidence: Evidence | None) -> "DecisionOut":
        names = ("id", "customer_id", "purpose", "channel", "granted", "by_guardian")
        moments = ("valid_from", "valid_to", "recorded_at", "recorded_by")
        return cls(
            source=evidence and evidence.source,
            proof=evidence and evidence.proof,
            **{name: getattr(row, name) for name in names + moments},
        )
