"""Errors of reports."""

from heed_common.errors import Unprocessable


class PeriodInvalid(Unprocessable):
    code = "period_invalid"
    title = "A period ends on the day it begins or later, and not in the future."
    advice = "Let the period end on or after the day it begins, and not in the future."
