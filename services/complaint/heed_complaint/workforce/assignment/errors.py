"""Errors of assignments."""

from heed_common.errors import Conflict


class ComplaintEnded(Conflict):
    code, title = "complaint_ended", "The complaint has ended; it cannot be assigned."


class AgentNotCleared(Conflict):
    code, title = "agent_not_cleared", "The complaint is confidential and this agent does not handle such."


class FourEyesNeeded(Conflict):
    code, title = "four_eyes", "The caller has handled the complaint; another person has to do this."
