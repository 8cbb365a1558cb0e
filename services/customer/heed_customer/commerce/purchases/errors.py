from heed_common.errors import NotFound, TooLarge


class PurchaseNotFound(NotFound):
    code, title = "purchase_not_found", "There is no purchase with this id."
    advice = "Check the id, or look the purchase up by its external_id."


class TooManyLines(TooLarge):
    code, title = "too_many_lines", "The purchases of a batch may have at most 20000 lines together."
    advice = "Send fewer purchases in a batch, or a file by an import."
