"""Contacts of a new complaint, and the thread of mails. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from heed_common.contact_addresses import normalize_email

MAX_THREAD_IDS = 20
MAX_SUBJECT = 300


@dataclass(frozen=True, slots=True)
class ReceivedMail:
    """A mail of the customer, as the thread of the complaint continues it."""

    message_id: str
    subject: str


@dataclass(frozen=True, slots=True)
class NewContact:
    """How to reach the sender of a form or mail."""

    name: str | None
    address: str | None
    language: str
    sender: str | None = None
    mail: ReceivedMail | None = None
    """The mail that opened the complaint."""


def mail_address(address: str | None) -> str | None:
    """Return the address if mail can be sent to it: a complainant may have left a telephone number."""
    return None if address is None else normalize_email(address)


def extended_thread(message_ids: Sequence[str], message_id: str) -> list[str]:
    """Return the thread with another message: the first one and the latest few, without repetition."""
    ids = [*(each for each in message_ids if each != message_id), message_id]
    return ids if len(ids) <= MAX_THREAD_IDS else [ids[0], *ids[1 - MAX_THREAD_IDS :]]
