from heed_common.errors import Conflict, Unprocessable


class SkuUnknown(Unprocessable):
    code, title = "sku_unknown", "The purchase has no such article."
    advice = "Use a `sku` that the purchase has."


class ReturnExceedsPurchase(Conflict):
    code, title = "return_exceeds_purchase", "More would be returned than was bought and not yet returned."
    advice = "Read the purchase and its returns; return at most what is left."
