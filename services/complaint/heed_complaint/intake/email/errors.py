from heed_common.errors import Conflict, Unauthenticated, Unavailable


class MailIntakeOff(Unavailable):
    code, title = "mail_intake_off", "Mail intake is off: HEED_INTAKE_MAIL_SECRET is not set."
    advice = "Set HEED_INTAKE_MAIL_SECRET (operators)."

    @property
    def headers(self) -> dict[str, str]:
        return {}


class SignatureInvalid(Unauthenticated):
    code, title = "signature_invalid", "Heed-Signature does not fit the body and Heed-Timestamp."
    advice = "Sign `<timestamp>.<body>` with the shared secret, over the bytes that are sent."

    @property
    def headers(self) -> dict[str, str]:
        return {}


class SignatureExpired(SignatureInvalid):
    code, title = "signature_expired", "Heed-Timestamp is more than five minutes away from now."
    advice = "Set the clock of the sender, and sign right before sending."


class MailReplayed(Conflict):
    code, title = "mail_replayed", "This signature was used before. Sign each attempt again."
    advice = "Sign each attempt with a new timestamp."
