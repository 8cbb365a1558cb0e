"""What can be wrong at the desk."""

from heed_common.errors import Conflict, NotFound, Unprocessable


class AgentNotFound(NotFound):
    code, title = "agent_not_found", "The desk has no such agent."


class QueueNotFound(NotFound):
    code, title = "queue_not_found", "The desk has no such queue."


class UnknownAgent(Unprocessable):
    code, title = "unknown_agent", "The desk has no such agent."


class UnknownQueue(Unprocessable):
    code, title = "unknown_queue", "The desk has no such queue."


class ShiftsInvalid(Unprocessable):
    code, title = "shifts_invalid", "The shifts make no sense."


class AgentNotCleared(Conflict):
    code, title = "agent_not_cleared", "The complaint is confidential and this agent does not handle such."


class FourEyesNeeded(Conflict):
    code, title = "four_eyes", "Whoever handled the complaint does not do this too: somebody else has to."
