from heed_common.errors import Conflict


class QuotaFull(Conflict):
    code, title = "quota_full", "Enough customers like this one have answered already; thank you all the same."
