"""A raw message (RFC 5322, MIME) in the fields of the intake. Pure.

Headers are used unparsed: `policy.default` would parse each when it is read, and raises on broken ones.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import Message
from email.utils import collapse_rfc2231_value
from typing import Any, TypeAlias

from heed_complaint.intake.email.parsing.bodies import body_text
from heed_complaint.intake.email.parsing.charsets import decode_bytes, decode_header_text, decode_raw_header

MAX_DEPTH = 40
REPORTS = frozenset({"multipart/report", "message/delivery-status", "message/disposition-notification"})
ORIGINALS = frozenset({"message/rfc822", "text/rfc822-headers", "message/global", "message/global-headers"})
Part: TypeAlias = "Message[str, str]"


@dataclass(slots=True)
class _Contents:
    texts: list[str] = field(default_factory=list)
    attachments: list[dict[str, Any]] = field(default_factory=list)
    originals: list[str] = field(default_factory=list)
    """Ids of the messages that a report is about."""


def parse_message(raw: bytes) -> dict[str, Any]:
    """Return the message as a document of the intake: `headers`, `text`, `attachments` and `reported_ids`."""
    message: Part = message_from_bytes(raw.lstrip(b"\r\n"), policy=policy.compat32)
    contents = _Contents()
    _read(message, contents, is_report=message.get_content_type() in REPORTS, depth=0)
    charset = next((found for part in message.walk() if (found := _charset(part))), None)
    return {
        "headers": [[name, decode_raw_header(str(value), charset)] for name, value in message.raw_items()],
        "text": "\n\n".join(text for text in contents.texts if text),
        "attachments": contents.attachments,
        "reported_ids": " ".join(contents.originals),
    }


def _read(part: Part, contents: _Contents, *, is_report: bool, depth: int) -> None:
    kind = part.get_content_type()
    if kind in ORIGINALS and is_report:
        contents.originals += _original_ids(part)
    elif kind == "multipart/alternative" and depth < MAX_DEPTH:
        _read_alternatives(part, contents, is_report=is_report, depth=depth)
    elif part.is_multipart() and kind.startswith("multipart/") and depth < MAX_DEPTH:
        for child in _children(part):
            _read(child, contents, is_report=is_report, depth=depth + 1)
    elif _is_body(part):
        text = _text(part)
        contents.texts.append(body_text("", text) if kind == "text/html" else body_text(text, ""))
    elif kind not in REPORTS:
        contents.attachments.append(_attachment(part))


def _read_alternatives(part: Part, contents: _Contents, *, is_report: bool, depth: int) -> None:
    """Read the text and the HTML of one body together; a calendar or another rendering is an attachment."""
    plain, rich, others = _Contents(), [], _Contents()
    for child in _children(part):
        if child.get_content_type() == "text/html" and _is_body(child):
            rich.append(_text(child))
        elif child.get_content_type() == "multipart/related":
            related = list(_children(child))
            rich += [_text(each) for each in related if each.get_content_type() == "text/html"]
            for each in related:
                if each.get_content_type() != "text/html":
                    _read(each, others, is_report=is_report, depth=depth + 1)
        else:
            _read(child, plain, is_report=is_report, depth=depth + 1)
    contents.texts.append(body_text("\n\n".join(plain.texts), "\n".join(rich)))
    contents.texts += others.texts
    contents.attachments += plain.attachments + others.attachments
    contents.originals += plain.originals + others.originals


def _children(part: Part) -> Iterator[Part]:
    payload = part.get_payload()
    for child in payload if isinstance(payload, list) else []:
        if isinstance(child, Message):
            yield child


def _is_body(part: Part) -> bool:
    is_text = part.get_content_type() in ("text/plain", "text/html", "text/enriched")
    return is_text and part.get_content_disposition() != "attachment" and not _file_name(part)


def _text(part: Part) -> str:
    payload = part.get_payload(decode=True)
    return decode_bytes(payload, _charset(part)) if isinstance(payload, bytes) else ""


def _charset(part: Part) -> str | None:
    charset = part.get_param("charset")
    return collapse_rfc2231_value(charset) if charset else None


def _file_name(part: Part) -> str | None:
    name = part.get_filename()
    return decode_header_text(name) if name else None


def _attachment(part: Part) -> dict[str, Any]:
    nested = next(_children(part), None) if part.get_content_type() == "message/rfc822" else None
    subject = decode_header_text(str(nested["subject"])) if nested is not None and nested["subject"] else None
    return {"name": _file_name(part) or subject, "media_type": part.get_content_type()}


def _original_ids(part: Part) -> list[str]:
    for child in _children(part):
        return [str(child["message-id"])] if child["message-id"] else []
    payload = part.get_payload(decode=True)
    if not isinstance(payload, bytes):
        return []
    original: Part = message_from_bytes(payload, policy=policy.compat32)
    return [str(original["message-id"])] if original["message-id"] else []
