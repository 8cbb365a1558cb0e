"""What can be wrong with what comes in without an account."""

from heed_common.errors import Conflict, NotFound, TooManyRequests, Unprocessable


class TooOften(TooManyRequests):
    code, title = "too_often", "That was too often in a short time; please wait a moment."

    def __init__(self, seconds: int) -> None:
        super().__init__()
        self.seconds = seconds

    @property
    def headers(self) -> dict[str, str]:
        return {"Retry-After": str(self.seconds)}


class KeyReused(Conflict):
    code, title = "form_sent_before", "This form was sent before with other content; please begin a new one."


class KeyTooShort(Unprocessable):
    code = "key_too_short"
    title = "This Idempotency-Key must have 16 to 255 characters, because it gives access to the complaint."


class ContactUnknown(NotFound):
    code, title = "contact_unknown", "Nobody left an address with this complaint."
