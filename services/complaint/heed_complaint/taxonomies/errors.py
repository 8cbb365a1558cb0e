"""What is in no taxonomy."""

from heed_common.errors import Unprocessable


class UnknownCategory(Unprocessable):
    code, title = "unknown_category", "The category is not in the taxonomy."


class UnknownCause(Unprocessable):
    code, title = "unknown_cause", "The cause is not in the taxonomy."


class UnknownResponsibility(Unprocessable):
    code, title = "unknown_responsibility", "The responsibility is not in the taxonomy."
