from heed_common.errors import Unprocessable


class PurchaseTooLarge(Unprocessable):
    code, title = "purchase_too_large", "A purchase may have at most 1000 lines and 1 MiB."


class LinesDiffer(Unprocessable):
    code, title = "lines_differ", "This differs from the first line of the same purchase."


class LineRefused(Unprocessable):
    code, title = "line_refused", "Another line of the same purchase could not be read."
