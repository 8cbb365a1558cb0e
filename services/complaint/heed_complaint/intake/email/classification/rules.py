"""Whether a person wrote a mail, by the marks of RFC 3834, RFC 3464, RFC 2919 and of mail programs. Pure."""

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass
from enum import StrEnum

from heed_complaint.intake.email.classification import subjects
from heed_complaint.intake.email.parsing.headers import Headers
from heed_complaint.intake.email.parsing.message_ids import referenced_complaint, referenced_message

SERVERS = re.compile(
    r"(?:mailer-?daemon|mail-daemon|postmaster|microsoftexchange[0-9a-f]{16,})(?:[+=.][^@]*)?@.*", re.IGNORECASE
)
SUPPRESSED = frozenset({"all", "oof", "autoreply"})
"""Values of X-Auto-Response-Suppress that automatic mail carries; those of receipts alone are no mark."""
REPORTS = ("multipart/report", "message/delivery-status", "message/disposition-notification")
AUTOMATIC_HEADERS = ("x-autoreply", "x-auto-reply", "x-autorespond", "x-autoresponder", "x-mail-autoreply")
BULK_PRECEDENCE = frozenset({"bulk", "junk"})
NO = frozenset({"no", "none", "false", "0"})


class IgnoredReason(StrEnum):
    """Why a mail opens nothing."""

    OWN_MESSAGE = "own_message"
    """A message that Heed had sent came back."""
    BOUNCE = "bounce"
    AUTOMATIC_REPLY = "automatic_reply"
    BULK = "bulk"
    MAILING_LIST = "mailing_list"


@dataclass(frozen=True, slots=True)
class Mark:
    """The evidence that no person wrote the mail."""

    reason: IgnoredReason
    evidence: str
    """The header, `from` or `subject`."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """The fields of a mail that can carry marks."""

    headers: Headers
    sender: str
    address: str | None
    subject: str
    message_id: str
    own_lists: Collection[str] = ()
    """Ids of the mailing lists through which customers' mail reaches the desk."""


def find_mark(mail: Evidence) -> Mark | None:
    """Return the strongest mark, or None for the mail of a person."""
    return next((mark for rule in RULES if (mark := rule(mail)) is not None), None)


def _own_message(mail: Evidence) -> Mark | None:
    is_ours = referenced_complaint(mail.message_id) or referenced_message(mail.message_id)
    return Mark(IgnoredReason.OWN_MESSAGE, "message-id") if is_ours else None


def _bounce(mail: Evidence) -> Mark | None:
    content_type = (mail.headers.get("content-type") or "").strip().lower()
    if content_type.startswith(REPORTS):
        return Mark(IgnoredReason.BOUNCE, "content-type")
    if mail.sender.strip() == "<>" or (mail.address and SERVERS.fullmatch(mail.address)):
        return Mark(IgnoredReason.BOUNCE, "from")
    if mail.headers.get("x-failed-recipients"):
        return Mark(IgnoredReason.BOUNCE, "x-failed-recipients")
    return None


def _automatic(mail: Evidence) -> Mark | None:
    auto_submitted = (mail.headers.get("auto-submitted") or "no").partition(";")[0].strip().lower()
    if auto_submitted != "no":
        return Mark(IgnoredReason.AUTOMATIC_REPLY, "auto-submitted")
    suppressed = (mail.headers.get("x-auto-response-suppress") or "").lower()
    if SUPPRESSED & {value.strip() for value in suppressed.split(",")}:
        return Mark(IgnoredReason.AUTOMATIC_REPLY, "x-auto-response-suppress")
    for name in AUTOMATIC_HEADERS:
        if (value := mail.headers.get(name)) and value.strip().lower() not in NO:
            return Mark(IgnoredReason.AUTOMATIC_REPLY, name)
    return Mark(IgnoredReason.AUTOMATIC_REPLY, "precedence") if _precedence(mail) == "auto_reply" else None


def _null_sender(mail: Evidence) -> Mark | None:
    """Weaker than the marks of a reply, because vacation programs send with it as well as servers."""
    path = mail.headers.get("return-path")
    return Mark(IgnoredReason.BOUNCE, "return-path") if path and path.strip() == "<>" else None


def _bulk(mail: Evidence) -> Mark | None:
    """Return the mark of a list or of bulk mail; a list of the desk's own is no mark."""
    list_id = (mail.headers.get("list-id") or "").lower()
    if any(own.lower() in list_id for own in mail.own_lists if own):
        return None
    if _precedence(mail) in BULK_PRECEDENCE:
        return Mark(IgnoredReason.BULK, "precedence")
    for name in ("list-id", "list-unsubscribe"):
        if mail.headers.get(name):
            return Mark(IgnoredReason.MAILING_LIST, name)
    return Mark(IgnoredReason.MAILING_LIST, "precedence") if _precedence(mail) == "list" else None


def _subject(mail: Evidence) -> Mark | None:
    """Return the weakest mark; a mail with `Auto-Submitted: no` has none."""
    if mail.headers.get("auto-submitted"):
        return None
    if subjects.is_bounce(mail.subject):
        return Mark(IgnoredReason.BOUNCE, "subject")
    return Mark(IgnoredReason.AUTOMATIC_REPLY, "subject") if subjects.is_automatic_reply(mail.subject) else None


def _precedence(mail: Evidence) -> str:
    value = mail.headers.get("precedence") or mail.headers.get("x-precedence") or ""
    return value.strip().lower().replace("-", "_")


RULES: tuple[Callable[[Evidence], Mark | None], ...] = (
    _own_message,
    _bounce,
    _automatic,
    _null_sender,
    _bulk,
    _subject,
)
"""The strongest first."""
