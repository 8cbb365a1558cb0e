"""Errors of the staff.

An agent or a queue that is missing has two errors: `NotFound` if it is the resource of the path (404), `Unknown` if
the body refers to it (422).
"""

from heed_common.errors import NotFound, Unprocessable


class AgentNotFound(NotFound):
    code, title = "agent_not_found", "The desk has no such agent."


class QueueNotFound(NotFound):
    code, title = "queue_not_found", "The desk has no such queue."


class UnknownAgent(Unprocessable):
    code, title = "unknown_agent", "The desk has no such agent."
    advice = "Add the agent to the desk first, or use one that the desk lists."


class UnknownQueue(Unprocessable):
    code, title = "unknown_queue", "The desk has no such queue."
    advice = "Add the queue first, or use one that the desk lists."


class ShiftsInvalid(Unprocessable):
    code, title = "shifts_invalid", "The shifts make no sense."
    advice = "Correct what `pointer` names: shifts end after they begin and do not overlap."
