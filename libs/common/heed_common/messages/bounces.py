"""Bounces: mails of servers that could not deliver a message of ours (RFC 3464, and what older servers write). Pure."""

import email
import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import default
from uuid import UUID

from heed_common.messages.message_ids import find_own_ids

FAILED_ACTION = "failed"
STATUS = re.compile(r"(?<![0-9.])([245])\.([0-9]{1,3})\.([0-9]{1,3})(?![0-9.])")
SMTP_CODE = re.compile(r"(?<![0-9.\-])(55[0134]|45[012])[ \-](?![0-9]{3})")
BAD_MAILBOX_CODES = frozenset({"550", "551", "553"})
BAD_ADDRESS_SUBJECTS, MAILBOX_DISABLED = "1", ("2", "1")
ORIGINAL_TYPES = frozenset(
    {"message/rfc822", "text/rfc822-headers", "message/rfc822-headers", "message/global-headers"}
)
REPORT_TYPES = frozenset({"message/delivery-status", "message/global-delivery-status"})
MAX_TEXT = 64 * 1024
"""Of a text that repeats our mail, so much is searched for its id."""


@dataclass(frozen=True, slots=True)
class Bounce:
    """A message of ours that came back."""

    message_id: UUID
    status: str | None
    """Enhanced status code such as 5.1.1, or the code of the server's reply."""
    is_permanent: bool
    """It will not be tried again. A delay is no bounce yet."""
    is_bad_address: bool
    """The mailbox does not exist or is disabled; not the content, a policy or a full mailbox."""


def parse_bounce(mail: bytes | EmailMessage) -> Bounce | None:
    """Return the bounce; None if the mail is none, or not of a message of ours."""
    parsed = _parse(mail) if isinstance(mail, bytes) else mail
    message_id = _message_id(parsed)
    if message_id is None:
        return None
    reports = [part for part in parsed.walk() if part.get_content_type() in REPORT_TYPES]
    if reports:
        return _from_reports(message_id, reports)
    return _from_text(message_id, _text(parsed)) if _is_from_server(parsed) else None


def _parse(raw: bytes) -> EmailMessage:
    return email.message_from_bytes(raw, policy=default)


def _message_id(mail: EmailMessage) -> UUID | None:
    """Return our message: by the original that the report contains, else by what refers to it, else by the text."""
    for part in mail.walk():
        if part.get_content_type() in ORIGINAL_TYPES and (found := _original_id(part)) is not None:
            return found
    for header in ("In-Reply-To", "References"):
        if found_ids := find_own_ids(_header(mail, header)):
            return found_ids[-1]
    found_ids = find_own_ids(_text(mail))
    return found_ids[0] if found_ids else None


def _original_id(part: EmailMessage) -> UUID | None:
    if part.get_content_type() == "message/rfc822" and part.is_multipart():
        original = part.get_payload(0)
        header = _header(original, "Message-ID") if isinstance(original, EmailMessage) else ""
    else:
        header = _header(_parse(_decoded(part).encode()), "Message-ID")
    return next(iter(find_own_ids(header)), None)


def _from_reports(message_id: UUID, reports: list[EmailMessage]) -> Bounce | None:
    """Return the bounce of the first recipient that failed; a message of ours has only one."""
    for block in (block for report in reports for block in _blocks(report)):
        if _header(block, "Action").strip().lower() == FAILED_ACTION:
            status, diagnosis = _header(block, "Status"), _header(block, "Diagnostic-Code")
            return _judge(message_id, f"{status}\n{diagnosis}", default_permanent=True)
    return None


def _blocks(report: EmailMessage) -> Iterator[EmailMessage]:
    payload = report.get_payload()
    if isinstance(payload, list):
        yield from (block for block in payload if isinstance(block, EmailMessage))
    else:
        # Some servers encode the report, and the parser leaves it as text.
        yield from (_parse(block.encode()) for block in re.split(r"\r?\n\r?\n", _decoded(report)) if block.strip())


def _from_text(message_id: UUID, text: str) -> Bounce | None:
    found = _judge(message_id, text, default_permanent=False)
    return found if found.is_permanent else None


def _judge(message_id: UUID, text: str, *, default_permanent: bool) -> Bounce:
    statuses = list(STATUS.finditer(text))
    # A relay often reports 5.0.0 and quotes the code of the server that refused.
    specific = next((found for found in statuses if found[2] != "0"), statuses[0] if statuses else None)
    code = SMTP_CODE.search(text)
    if specific is not None and (specific[2] != "0" or code is None):
        bad = specific[1] == "5" and (specific[2] == BAD_ADDRESS_SUBJECTS or specific.group(2, 3) == MAILBOX_DISABLED)
        return Bounce(message_id, specific[0], specific[1] == "5" or default_permanent, bad)
    if code is not None:
        return Bounce(message_id, code[1], code[1].startswith("5"), code[1] in BAD_MAILBOX_CODES)
    return Bounce(message_id, None, default_permanent, is_bad_address=False)


def _is_from_server(mail: EmailMessage) -> bool:
    """Return whether a program reports a failure: a null sender, or the account that such reports come from."""
    sender, path = _header(mail, "From").lower(), _header(mail, "Return-Path").strip()
    return path == "<>" or "mailer-daemon" in sender or "postmaster" in sender or bool(mail["X-Failed-Recipients"])


def _text(mail: EmailMessage) -> str:
    texts = [_decoded(part) for part in mail.walk() if part.get_content_maintype() == "text"]
    return "\n".join(texts)[:MAX_TEXT]


def _decoded(part: EmailMessage) -> str:
    payload = part.get_payload(decode=True)
    return payload.decode("utf-8", errors="replace") if isinstance(payload, bytes) else ""


def _header(mail: EmailMessage, name: str) -> str:
    """Return a header; an empty text if it is missing or cannot be parsed."""
    try:
        return str(mail[name] or "")
    except (ValueError, IndexError, AttributeError, TypeError):
        return ""
