from heed_common.errors import Unprocessable


class GuardianNeeded(Unprocessable):
    code, title = "guardian_needed", "The customer is a child: a guardian has to consent to this."
    advice = "Record the guardian's consent, and name the guardian."


class ValidityInvalid(Unprocessable):
    code, title = "validity_invalid", "A consent cannot end before it begins."
    advice = "Let `valid_to` lie after `valid_from`."
