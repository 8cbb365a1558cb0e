from heed_common.errors import Conflict, Unprocessable


class SelfReferral(Unprocessable):
    code, title = "referred_themselves", "A customer cannot refer themselves."
    advice = "Name another customer as the one who referred."


class ReferredByAnother(Conflict):
    code, title = "referred_by_another", "This customer was referred by another customer already."
    advice = "Keep the first referral: a customer is referred once."


class ReferralCycle(Conflict):
    code, title = "referral_cycle", "The referring customer was referred by this one, directly or indirectly."
    advice = "Check who referred whom."
