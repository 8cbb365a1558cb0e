from heed_common.errors import Unprocessable


class PeriodInvalid(Unprocessable):
    code = "period_invalid"
    title = "A period ends after it began, and not in the future."
    advice = "Let the period end on or after the day it begins, and not in the future."
