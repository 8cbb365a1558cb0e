from heed_common.errors import Unprocessable


class PurchaseTooLarge(Unprocessable):
    code, title = "purchase_too_large", "A purchase may have at most 1000 lines and 1 MiB."
    advice = "Split the order into several purchases."


class LinesDiffer(Unprocessable):
    code, title = "lines_differ", "This differs from the first line of the same purchase."
    advice = "Give all rows of one external_id the same customer, moment and currency."


class LineRefused(Unprocessable):
    code, title = "line_refused", "Another line of the same purchase could not be read."
    advice = "Correct the other row of this external_id: a purchase is recorded with all rows or not at all."
