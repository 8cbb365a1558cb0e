"""Errors of the audit trail."""

from heed_common.errors import Unavailable


class AuditIncomplete(Unavailable):
    code, title = "audit_incomplete", "A database is unavailable, and the list would not be complete without it."
    advice = "Repeat the request, or send `service` to read the entries of another service."
