"""States of care tasks. Pure."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

DEFAULT_DUE_IN_DAYS = 7


class CareTaskState(StrEnum):
    OPEN = "open"
    IN_PROGRESS = "in_progress"
    DONE = "done"
    CANCELLED = "cancelled"


class CareTaskAction(StrEnum):
    START = "start"
    COMPLETE = "complete"
    CANCEL = "cancel"
    REOPEN = "reopen"


ACTIONS: Mapping[CareTaskState, Mapping[CareTaskAction, CareTaskState]] = MappingProxyType(
    {
        CareTaskState.OPEN: {
            CareTaskAction.START: CareTaskState.IN_PROGRESS,
            CareTaskAction.COMPLETE: CareTaskState.DONE,
            CareTaskAction.CANCEL: CareTaskState.CANCELLED,
        },
        CareTaskState.IN_PROGRESS: {
            CareTaskAction.COMPLETE: CareTaskState.DONE,
            CareTaskAction.CANCEL: CareTaskState.CANCELLED,
        },
        CareTaskState.DONE: {CareTaskAction.REOPEN: CareTaskState.OPEN},
        CareTaskState.CANCELLED: {CareTaskAction.REOPEN: CareTaskState.OPEN},
    }
)
"""The next state of each allowed action."""
