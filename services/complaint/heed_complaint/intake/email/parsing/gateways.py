"""The documents of mail gateways in one shape: Heed's own, SendGrid, Mailgun, Postmark, Mailjet, Amazon SES, raw. Pure.

Field names are looked up, not the maker: gateways imitate each other, and operators' relays rename fields.
"""

import base64
import binascii
import hashlib
import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from heed_common.text import is_blank
from heed_complaint.intake.email.parsing.bodies import body_text
from heed_complaint.intake.email.parsing.headers import Headers, parse_headers
from heed_complaint.intake.email.parsing.message_ids import parse_message_ids
from heed_complaint.intake.email.parsing.mime import parse_message

Document = dict[str, Any]
RULES = ("category", "severity", "product", "customer_id", "language")
"""Fields that rules of the gateway set."""
ALIASES: Mapping[str, tuple[str, ...]] = {
    "from": ("from", "From", "sender", "Sender"),
    "reply_to": ("reply_to", "Reply-To", "ReplyTo", "replyTo"),
    "recipient": ("recipient", "Recipient", "OriginalRecipient"),
    "subject": ("subject", "Subject"),
    "text": ("text", "body-plain", "TextBody", "Text-part", "plain"),
    "html": ("html", "body-html", "HtmlBody", "Html-part"),
    "message_id": ("message_id", "Message-Id", "Message-ID"),
    "in_reply_to": ("in_reply_to", "In-Reply-To"),
    "references": ("references", "References"),
    "auto_submitted": ("auto_submitted", "Auto-Submitted"),
    "headers": ("headers", "message-headers", "Headers"),
    "attachments": ("attachments", "Attachments"),
    **{name: (name,) for name in RULES},
}
RAW = ("raw", "mime", "body-mime", "email", "RawEmail")
MESSAGE = re.compile(rb"\s*(?:From [^\n]*\n)?[!-9;-~]+[ \t]*:")
"""How a message begins; a member of such a name may also hold something else, such as an address."""
GATEWAY_IDS = ("MessageID", "messageId")
"""The gateway's own id of a delivery, the same when it is delivered again."""
FROM_HEADERS: Mapping[str, tuple[str, ...]] = {
    "from": ("from", "sender"),
    "reply_to": ("reply-to",),
    "recipient": ("delivered-to", "x-original-to", "envelope-to"),
    "subject": ("subject",),
    "message_id": ("message-id",),
    "in_reply_to": ("in-reply-to",),
    "references": ("references",),
    "auto_submitted": ("auto-submitted",),
}
MARKS = frozenset(
    {
        *("auto-submitted", "x-auto-response-suppress", "x-autoreply", "x-auto-reply", "x-autorespond"),
        *("x-autoresponder", "x-mail-autoreply", "precedence", "x-precedence", "list-id", "list-unsubscribe"),
        *("return-path", "content-type", "x-failed-recipients"),
    }
)
"""Headers that mark the mail of machines; a gateway may also deliver them as fields, with `_` for `-`."""
NULL_SENDER = "<>"


def parse_document(given: object) -> object:
    """Return the document, or raw message, with the names of `MailIn`. What is neither is returned as it is."""
    if isinstance(given, bytes):
        return _parse({}, given)
    if not isinstance(given, dict):
        return given
    source = _unwrapped(given)
    return _parse(source, _raw_message(source))


def raw_message(given: object) -> bytes | None:
    """Return the raw message, if the gateway has delivered it."""
    if isinstance(given, bytes):
        return given
    return _raw_message(_unwrapped(given)) if isinstance(given, dict) else None


def _parse(source: Document, raw: bytes | None) -> Document:
    document = {name: value for name, aliases in ALIASES.items() if (value := _first(source, aliases)) is not None}
    if raw is not None:
        document |= parse_message(raw)
    headers = parse_headers(document.get("headers")).merged(_marks(source))
    is_own_shape = raw is None and not headers.values and not any(name in source for name in GATEWAY_IDS)
    _add_sender_name(source, document)
    _fill_from_headers(document, headers)
    if headers.get("return-path") == NULL_SENDER:
        document.setdefault("from", NULL_SENDER)
    _read_body(document)
    if not is_own_shape:
        document.setdefault("message_id", _derived_id(source, document, headers))
    document["attachments"] = _attachments(source, document.get("attachments"))
    document["headers"] = [[name, value] for name, values in headers.values.items() for value in values]
    return document


def _first(source: Mapping[str, Any], names: tuple[str, ...]) -> object:
    """Return the first value that is given: null and blank texts are absent."""
    given = (source.get(name) for name in names)
    return next(
        (value for value in given if value is not None and not (isinstance(value, str) and is_blank(value))), None
    )


def _unwrapped(given: Document) -> Document:
    """Return the document inside a notification of Amazon SNS or SES."""
    message = given.get("Message")
    if "TopicArn" in given and isinstance(message, str) and isinstance(inner := _loaded(message), dict):
        given = {**{name: given[name] for name in RULES if name in given}, **inner}
    mail = given.get("mail")
    if not isinstance(mail, dict) or not mail.keys() & {"commonHeaders", "messageId"}:
        return given
    return {**given, **{name: value for name, value in _ses_fields(given, mail).items() if value is not None}}


def _ses_fields(given: Document, mail: Document) -> Document:
    common = mail.get("commonHeaders")
    common = common if isinstance(common, dict) else {}
    receipt = given.get("receipt")
    receipt = receipt if isinstance(receipt, dict) else {}
    return {
        "headers": mail.get("headers"),
        "from": _joined(common.get("from")),
        "reply_to": _joined(common.get("replyTo")),
        "subject": common.get("subject"),
        "message_id": common.get("messageId"),
        "messageId": mail.get("messageId"),
        "return_path": f"<{source}>" if isinstance(source := mail.get("source"), str) else None,
        "recipient": _joined(receipt.get("recipients")),
        "attachments": _stored_message(receipt.get("action")) if "content" not in given else None,
    }


def _stored_message(action: object) -> list[Document] | None:
    """Return a reference to the message where SES stored it instead of delivering it."""
    if not isinstance(action, dict) or not isinstance(action.get("objectKey"), str):
        return None
    uri = f"s3/{action.get('bucketName')}/{action['objectKey']}"
    return [{"name": "message.eml", "uri": uri, "media_type": "message/rfc822"}]


def _raw_message(source: Document) -> bytes | None:
    names = (*RAW, "content") if "messageId" in source else RAW
    for given in (source.get(name) for name in names):
        if isinstance(given, str):
            encoded = given.encode("utf-8", "replace")
            found = next(
                (raw for raw in (encoded, _decoded_base64(given)) if MESSAGE.match(raw) and b"\n" in raw), None
            )
            if found is not None:
                return found
    return None


def _decoded_base64(text: str) -> bytes:
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError):
        return b""


def _marks(source: Document) -> Iterator[tuple[str, str]]:
    for name, value in source.items():
        header = name.lower().replace("_", "-")
        if header in MARKS and isinstance(value, str) and value.strip():
            yield header, value
    envelope = _envelope(source)
    if isinstance(sender := envelope.get("from"), str):
        yield "return-path", f"<{sender.strip('<> ')}>"
    if (recipient := _joined(envelope.get("to"))) is not None:
        yield "delivered-to", recipient


def _envelope(source: Document) -> Document:
    envelope = source.get("envelope")
    loaded = _loaded(envelope) if isinstance(envelope, str) else envelope
    return loaded if isinstance(loaded, dict) else {}


def _fill_from_headers(document: Document, headers: Headers) -> None:
    for field, names in FROM_HEADERS.items():
        value = next((value for name in names if (value := headers.get(name))), None)
        if field == "references":
            value = " ".join(headers.values.get("references", [])) or None
        if value is not None and field not in document:
            document[field] = value


def _add_sender_name(source: Document, document: Document) -> None:
    """Put Postmark's name of the sender before an address without a name."""
    name, sender = source.get("FromName"), document.get("from")
    if isinstance(name, str) and name.strip() and isinstance(sender, str) and "<" not in sender:
        quoted = name.replace("\\", "").replace('"', "")
        document["from"] = f'"{quoted}" <{sender}>'


def _read_body(document: Document) -> None:
    """Put the words of an HTML body into `text`; a value of another type is left to the validation."""
    html, text = document.get("html"), document.get("text", "")
    if isinstance(html, str) and isinstance(text, str):
        document["text"] = body_text(text, html)
        del document["html"]


def _derived_id(source: Document, document: Document, headers: Headers) -> str:
    """Return an id for a message that came without: the gateway's own, or a hash of its contents."""
    own = _first(source, GATEWAY_IDS)
    if isinstance(own, str) and parse_message_ids(own):
        return parse_message_ids(own)[0]
    parts = [document.get("from"), document.get("subject"), document.get("text"), headers.get("date")]
    return f"<{hashlib.sha256(json.dumps(parts, default=str).encode()).hexdigest()[:40]}@message-id.invalid>"


def _attachments(source: Document, given: object) -> list[object]:
    found: list[object] = []
    for reader in ATTACHMENT_READERS:
        found += reader(source, given)
    return found


def _attachment_list(source: Document, given: object) -> list[object]:
    """Return a list, also as JSON; SendGrid's `attachments` is their number."""
    loaded = _loaded(given) if isinstance(given, str) else given
    return list(loaded) if isinstance(loaded, list) else []


def _sendgrid(source: Document, given: object) -> list[object]:
    info = source.get("attachment-info")
    loaded = _loaded(info) if isinstance(info, str) else info
    return list(loaded.values()) if isinstance(loaded, dict) else []


def _mailjet(source: Document, given: object) -> list[object]:
    parts = source.get("Parts")
    found: list[object] = []
    for part in parts if isinstance(parts, list) else []:
        if isinstance(part, dict) and str(part.get("ContentRef", "")).startswith("Attachment"):
            headers = parse_headers(part.get("Headers"))
            head = "\n".join(f"{name}: {value}" for name, values in headers.values.items() for value in values)
            found += parse_message(f"{head}\n\n".encode())["attachments"]
    return found


ATTACHMENT_READERS: tuple[Callable[[Document, object], list[object]], ...] = (_attachment_list, _sendgrid, _mailjet)


def _joined(given: object) -> str | None:
    if isinstance(given, str):
        return given
    return ", ".join(each for each in given if isinstance(each, str)) or None if isinstance(given, list) else None


def _loaded(text: str) -> object:
    try:
        return json.loads(text)
    except ValueError:
        return None
