"""Reasons why a replay ends without a result, shown to the operator."""


class ReplayRefused(Exception):
    """Base class. The operator sees the message only; nothing was changed."""


class ReplayRunning(ReplayRefused):
    """Two replays would create the same tables."""


class MissingFromTopics(ReplayRefused):
    """The ledger has events that the topics no longer hold: a swap would lose them."""


class SwapFailed(ReplayRefused):
    """Other transactions locked the tables for too long."""
