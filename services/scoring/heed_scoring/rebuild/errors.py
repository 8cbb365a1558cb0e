"""Why a replay ends without an answer, said to the operator."""


class ReplayRefused(Exception):
    """The message is all that they are shown; nothing was changed."""


class ReplayRunning(ReplayRefused):
    """One at a time: they would make the same tables."""


class MissingFromTopics(ReplayRefused):
    """The ledger knows events that the topics do not hold any more: an exchange would forget them."""


class SwapFailed(ReplayRefused):
    """Somebody held the tables for too long."""
