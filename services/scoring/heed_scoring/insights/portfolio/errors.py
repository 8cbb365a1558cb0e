from heed_common.errors import Unprocessable


class PeriodInvalid(Unprocessable):
    code = "period_invalid"
    title = "A period must end after its start, and not in the future."
