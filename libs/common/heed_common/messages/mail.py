"""Mails in the form of RFC 5322, from rendered messages. Pure.

Built with the older classes of `email`: the newer ones parse each header that they are given, which took longer than to
send the mail.
"""

from datetime import datetime
from email import policy
from email.charset import QP, Charset
from email.header import Header
from email.headerregistry import Address
from email.message import Message
from email.mime.multipart import MIMEMultipart
from email.mime.nonmultipart import MIMENonMultipart
from email.policy import Policy
from email.utils import format_datetime, formataddr
from typing import Any

from heed_common.contracts.message import ContactChannel
from heed_common.messages.message_ids import to_message_id
from heed_common.messages.transports.protocols import Delivery

ASCII_MAIL = policy.compat32.clone(linesep="\r\n", max_line_length=78)
"""Every server accepts it: headers in encoded words, bodies in base64 or quoted-printable."""
UTF8_MAIL = policy.SMTPUTF8.clone(cte_type="7bit")
"""For an address beyond ASCII, which only a header in UTF-8 can contain."""
QUOTED, ENCODED = Charset("utf-8"), Charset("utf-8")
QUOTED.body_encoding = QP
MAX_REFERENCES = 20


def build_mail(delivery: Delivery, *, sender: Address, now: datetime) -> bytes:
    """Return the mail of a message. The headers mark it as automatic, so that no program responds to it."""
    mail = _body(delivery, ASCII_MAIL if delivery.address.isascii() else UTF8_MAIL)
    _add(mail, "From", formataddr((_one_line(sender.display_name), sender.addr_spec), charset=ENCODED))
    _add_recipient(mail, delivery)
    _add(mail, "Subject", delivery.subject)
    _add(mail, "Date", format_datetime(now))
    _add(mail, "Message-ID", to_message_id(delivery.message_id, domain=sender.domain))
    _add_thread(mail, delivery)
    _add(mail, "Auto-Submitted", "auto-replied" if delivery.in_reply_to else "auto-generated")
    _add(mail, "X-Auto-Response-Suppress", "OOF, AutoReply")
    if delivery.promotional:
        _add_unsubscribe(mail, delivery)
    _add(mail, "Content-Language", delivery.language)
    return mail.as_bytes()


def _body(delivery: Delivery, form: "Policy[Any]") -> Message:
    text = _part(delivery.text, "plain", form)
    if delivery.html is None:
        return text
    mail = MIMEMultipart("alternative", policy=form)
    mail.attach(text)
    mail.attach(_part(delivery.html, "html", form))
    return mail


def _part(content: str, subtype: str, form: "Policy[Any]") -> Message:
    """Return a text: quoted-printable is readable for people and filters, base64 is shorter for other scripts."""
    part = MIMENonMultipart("text", subtype, policy=form)
    part.set_payload(content, QUOTED if content.isascii() else ENCODED)
    return part


def _add(mail: "Message[Any, Any]", name: str, value: str) -> None:
    value = _one_line(value)
    is_encoded = not value.isascii() and mail.policy is ASCII_MAIL
    mail[name] = Header(value, ENCODED, header_name=name) if is_encoded else value


def _add_recipient(mail: Message, delivery: Delivery) -> None:
    if delivery.channel is ContactChannel.MAIL:
        local_part, _, domain = delivery.address.rpartition("@")
        mail["To"] = _one_line(Address("", local_part, domain).addr_spec)
    else:
        _add(mail, "To", "undisclosed-recipients:;")
        _add(mail, "X-Heed-Channel", delivery.channel)
        _add(mail, "X-Heed-Address", delivery.address)


def _add_thread(mail: Message, delivery: Delivery) -> None:
    """Add what makes mail programs show the message in its conversation."""
    if delivery.in_reply_to:
        _add(mail, "In-Reply-To", delivery.in_reply_to)
    references = [_one_line(reference) for reference in delivery.references]
    if references:
        # The first message of the thread and the latest ones, as mail programs shorten it.
        shown = references if len(references) <= MAX_REFERENCES else [references[0], *references[1 - MAX_REFERENCES :]]
        _add(mail, "References", " ".join(shown))


def _add_unsubscribe(mail: Message, delivery: Delivery) -> None:
    _add(mail, "Precedence", "bulk")
    if delivery.unsubscribe_url:
        _add(mail, "List-Unsubscribe", f"<{delivery.unsubscribe_url}>")
        _add(mail, "List-Unsubscribe-Post", "List-Unsubscribe=One-Click")


def _one_line(text: str) -> str:
    return " ".join(text.split())
