"""Errors of sensitive fields."""

from heed_common.errors import Conflict, NotFound


class SensitiveConsentMissing(Conflict):
    code = "sensitive_consent_missing"
    title = "The customer has not consented to the processing of sensitive fields; record that consent first."
    advice = "Record that consent with its proof, then send the fields again."


class SensitiveFieldNotFound(NotFound):
    code, title = "sensitive_field_not_found", "The customer has no such field that can be verified."
