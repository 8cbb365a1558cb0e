"""Errors of assignments."""

from heed_common.errors import Conflict


class AgentNotCleared(Conflict):
    code, title = "agent_not_cleared", "The complaint is confidential and this agent does not handle such."
    advice = "Assign an agent who is cleared for confidential complaints."


class FourEyesNeeded(Conflict):
    code, title = "four_eyes", "The caller has handled the complaint; another person has to do this."
    advice = "Let another person decide who has not handled this complaint."
