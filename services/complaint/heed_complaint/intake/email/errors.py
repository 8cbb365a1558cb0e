from heed_common.errors import Conflict, Unauthenticated, Unavailable


class MailIntakeOff(Unavailable):
    code, title = "mail_intake_off", "Mail intake is off: HEED_INTAKE_MAIL_SECRET is not set."

    @property
    def headers(self) -> dict[str, str]:
        return {}


class SignatureInvalid(Unauthenticated):
    code, title = "signature_invalid", "Heed-Signature does not fit the body and Heed-Timestamp."

    @property
    def headers(self) -> dict[str, str]:
        return {}


class SignatureExpired(SignatureInvalid):
    code, title = "signature_expired", "Heed-Timestamp is more than five minutes away from now."


class MailReplayed(Conflict):
    code, title = "mail_replayed", "This signature was used before. Sign each attempt again."
