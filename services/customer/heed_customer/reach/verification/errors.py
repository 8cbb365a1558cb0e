from datetime import timedelta

from heed_common.errors import Conflict, TooManyRequests, Unprocessable


class ContactNotVerifiable(Conflict):
    code = "contact_not_verifiable"
    title = "A code can be sent to a mail or a telephone number that could be read and has no extension."
    advice = "Verify a mail address or a telephone number without an extension."


class NoCodeSent(Conflict):
    code, title = "no_code_sent", "No code was sent to this contact, or it has expired or was used: send a new one."
    advice = "Ask for a new code, then confirm that one."


class TooManyCodes(TooManyRequests):
    code, title = "too_many_codes", "Codes were sent to this contact a short time ago."
    advice = "Wait for `Retry-After` before another code is sent."

    def __init__(self, *, retry_after: timedelta) -> None:
        super().__init__()
        self.retry_after = retry_after

    @property
    def headers(self) -> dict[str, str]:
        return {"Retry-After": str(max(1, round(self.retry_after.total_seconds())))}


class WrongCode(Unprocessable):
    code, title = "wrong_code", "This is not the code that was sent."
    advice = "Ask the customer for the code again; after several wrong ones send a new one."
