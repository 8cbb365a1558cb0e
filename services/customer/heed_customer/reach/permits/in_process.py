"""Permits for the customer service's own messages: the same decision as over HTTP, without the detour."""

from dataclasses import dataclass

from heed_common.clock import Clock
from heed_common.contracts.message import ContactChannel
from heed_common.database import Database
from heed_common.encryption import FieldCipher
from heed_common.messages import permits as contract
from heed_customer.reach.permits import service
from heed_customer.reach.permits.facts import ContactPolicy
from heed_customer.reach.permits.rules import PermitRequest, Refusal
from heed_customer.records.customers.errors import CustomerUnknown


@dataclass(frozen=True, slots=True)
class InProcessPermits:
    """The customer service, as its own sender sees it."""

    database: Database
    policy: ContactPolicy
    cipher: FieldCipher
    clock: Clock

    async def ask(self, request: contract.PermitRequest) -> contract.Granted | contract.Refused:
        """Decide in a transaction of its own, so that the decision is recorded before the message leaves."""
        try:
            async with self.database.transaction() as session:
                permit = await service.request_permit(
                    session,
                    request=_to_domain(request),
                    policy=self.policy,
                    cipher=self.cipher,
                    now=self.clock.now(),
                )
        except CustomerUnknown:
            return contract.Refused(allowed=False, reason=CustomerUnknown.code)
        return _from_domain(permit)

    async def close(self) -> None:
        """Nothing is open."""


def _to_domain(request: contract.PermitRequest) -> PermitRequest:
    return PermitRequest(
        customer_id=request.customer_id,
        purpose=request.purpose,
        channels=tuple(dict.fromkeys(request.channels)),
        promotional=request.promotional,
        dedupe_key=request.dedupe_key,
        message_id=request.message_id,
        contact_id=request.contact_id,
        template=request.template,
        about_type=request.about.type if request.about else None,
        about_id=request.about.id if request.about else None,
        service=request.service,
    )


def _from_domain(permit: service.Permit) -> contract.Granted | contract.Refused:
    decision = permit.decision
    if isinstance(decision, Refusal):
        return contract.Refused(allowed=False, reason=decision.reason, retry_at=decision.retry_at)
    return contract.Granted(
        allowed=True,
        permit_id=permit.id,
        channel=ContactChannel(decision.channel),
        address=decision.address,
        contact_id=decision.contact_id,
        language=permit.language,
        time_zone=permit.time_zone,
        send_after=permit.send_after,
        preferences_url=permit.preferences_url,
        unsubscribe_url=permit.unsubscribe_url,
    )
