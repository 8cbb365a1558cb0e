from heed_common.errors import Conflict


class QuotaFull(Conflict):
    code, title = "quota_full", "Enough customers like this one have answered already; thank you all the same."
    advice = "Stop asking this group: its quota is reached."
