from heed_common.errors import NotFound, Unprocessable


class FutureDay(Unprocessable):
    code = "future_day"
    title = "Nothing has been observed of a future day."
    advice = "Ask for a day up to today."


class FitNotFound(NotFound):
    code = "fit_not_found"
