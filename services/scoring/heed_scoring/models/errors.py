from heed_common.errors import NotFound, Unprocessable


class FutureDay(Unprocessable):
    code = "future_day"
    title = "Nothing has been observed of a day that is to come."


class FitNotFound(NotFound):
    code = "fit_not_found"
