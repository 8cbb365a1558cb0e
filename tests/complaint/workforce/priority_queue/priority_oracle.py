"""Oracle of the priority: the formula of `priority_queue.rules` in Python, beside the SQL of `refresh`."""

from dataclasses import dataclass
from datetime import datetime
from math import log2

from heed_common.contracts.complaint import Severity
from heed_complaint.core.priority_rank.rules import (
    ANSWER_WITHIN,
    DAY,
    DEFAULT_VALUES,
    MIN_VALUE,
    NO_DEADLINE,
    REGULATOR_FACTOR,
    SEVERITY_FACTORS,
)


@dataclass(frozen=True, slots=True)
class PriorityInputs:
    """The inputs of the priority of a complaint."""

    severity: Severity
    received_at: datetime
    regulator: bool = False
    value_saved: float | None = None
    due_at: datetime | None = None
    """The next pending deadline."""
    money_scale: float = 1.0
    """How much of the organisation's currency is about one US dollar."""
    customer_wrote_at: datetime | None = None

    @property
    def weight(self) -> float:
        default = DEFAULT_VALUES[self.severity] * self.money_scale
        saved = default if self.value_saved is None else max(self.value_saved, 0.0)
        factor = SEVERITY_FACTORS[self.severity] * (REGULATOR_FACTOR if self.regulator else 1.0)
        return (saved + MIN_VALUE * self.money_scale) * factor

    @property
    def effective_deadline(self) -> datetime:
        due_at = self.due_at or self.received_at + NO_DEADLINE
        return min(due_at, self.customer_wrote_at + ANSWER_WITHIN) if self.customer_wrote_at else due_at

    @property
    def sort_key(self) -> float:
        return log2(self.weight) - self.effective_deadline.timestamp() / DAY.total_seconds()
