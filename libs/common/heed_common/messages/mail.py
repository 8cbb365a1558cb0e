"""Mails in the form of RFC 5322, from rendered messages. Pure."""

from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from heed_common.contracts.message import ContactChannel
from heed_common.messages.message_ids import to_message_id
from heed_common.messages.transports.protocols import Delivery

POLICY = SMTP.clone(cte_type="7bit")
"""Every server accepts it: headers in encoded words, bodies in base64 or quoted-printable."""
MAX_REFERENCES = 20


def build_mail(delivery: Delivery, *, sender: Address, now: datetime) -> EmailMessage:
    """Return the mail of a message. The headers mark it as automatic, so that no program responds to it."""
    mail = EmailMessage(POLICY.clone(utf8=not delivery.address.isascii()))
    mail["From"] = sender
    _add_recipient(mail, delivery)
    mail["Subject"] = delivery.subject
    mail["Date"] = format_datetime(now)
    mail["Message-ID"] = to_message_id(delivery.message_id, domain=sender.domain)
    _add_thread(mail, delivery)
    mail["Auto-Submitted"] = "auto-replied" if delivery.in_reply_to else "auto-generated"
    mail["X-Auto-Response-Suppress"] = "OOF, AutoReply"
    if delivery.promotional:
        _add_unsubscribe(mail, delivery)
    mail.set_content(delivery.text)
    if delivery.html is not None:
        mail.add_alternative(delivery.html, subtype="html")
    mail["Content-Language"] = delivery.language
    return mail


def _add_recipient(mail: EmailMessage, delivery: Delivery) -> None:
    if delivery.channel is ContactChannel.MAIL:
        local_part, _, domain = delivery.address.rpartition("@")
        mail["To"] = Address("", local_part, domain)
    else:
        mail["To"] = "undisclosed-recipients:;"
        mail["X-Heed-Channel"] = delivery.channel
        mail["X-Heed-Address"] = delivery.address


def _add_thread(mail: EmailMessage, delivery: Delivery) -> None:
    """Add what makes mail programs show the message in its conversation."""
    if delivery.in_reply_to:
        mail["In-Reply-To"] = _one_line(delivery.in_reply_to)
    references = [_one_line(reference) for reference in delivery.references]
    if references:
        # The first message of the thread and the latest ones, as mail programs shorten it.
        shown = references if len(references) <= MAX_REFERENCES else [references[0], *references[1 - MAX_REFERENCES :]]
        mail["References"] = " ".join(shown)


def _add_unsubscribe(mail: EmailMessage, delivery: Delivery) -> None:
    mail["Precedence"] = "bulk"
    if delivery.unsubscribe_url:
        mail["List-Unsubscribe"] = f"<{delivery.unsubscribe_url}>"
        mail["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"


def _one_line(text: str) -> str:
    return " ".join(text.split())
