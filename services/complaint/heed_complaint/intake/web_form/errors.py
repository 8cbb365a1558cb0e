from heed_common.errors import Unprocessable


class KeyTooShort(Unprocessable):
    code = "key_too_short"
    title = "This Idempotency-Key must have 16 to 255 characters, because it gives access to the complaint."
    advice = "Send a random key of 16 characters or more, such as a UUID."
