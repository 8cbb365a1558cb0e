from heed_common.errors import Conflict, Unprocessable


class SelfReferral(Unprocessable):
    code, title = "referred_themselves", "A customer cannot refer themselves."


class ReferredByAnother(Conflict):
    code, title = "referred_by_another", "This customer was referred by another customer already."


class ReferralCycle(Conflict):
    code, title = "referral_cycle", "The referring customer was referred by this one, directly or indirectly."
