"""Effect of a delivered or undeliverable message on the clocks of its complaint. Pure."""

from collections.abc import Iterable
from datetime import datetime

from heed_common.contracts.message import MessageOutcome
from heed_complaint.lifecycle.notifications.rules import MessageKind
from heed_complaint.sla.clock import milestones
from heed_complaint.sla.clock.milestones import Clocks

NEEDS_ADDRESS = frozenset({MessageKind.ACKNOWLEDGEMENT, MessageKind.PROGRESS})
"""If one of these is suppressed, no other message will reach the customer."""


def after_delivery(clocks: Clocks, kinds: Iterable[MessageKind], *, at: datetime) -> Clocks:
    """Return the clocks after messages of these kinds were sent: each of them is news for the customer."""
    for kind in kinds:
        if kind is MessageKind.ACKNOWLEDGEMENT:
            clocks = milestones.acknowledged(clocks, at)
        report = milestones.progress_reported if kind is MessageKind.PROGRESS else milestones.informed
        clocks = report(clocks, at)
    return clocks


def is_unreachable(kind: MessageKind, outcome: MessageOutcome) -> bool:
    """Return whether the failure shows that messages do not reach this customer.

    A transport that fails is our own failure: the milestones remain due, and are missed.
    """
    return outcome is MessageOutcome.BOUNCED or (outcome is MessageOutcome.SUPPRESSED and kind in NEEDS_ADDRESS)
