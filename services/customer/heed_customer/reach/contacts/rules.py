"""Normal forms, masks and channels of contacts. Pure: no clock, no tables."""

import json
import unicodedata
from collections.abc import Collection
from dataclasses import asdict, dataclass, replace

import phonenumbers
from email_validator import EmailNotValidError, validate_email

from heed_common.contact_addresses import SUPPORTED_REGIONS, normalize_email, normalize_phone
from heed_common.contracts.customer import ContactKind
from heed_common.text import normalize_for_comparison

MAX_CONTACTS = 50
"""Contacts of one customer."""
HIDDEN = "***"
MIN_HIDDEN_DIGITS = 4
MIN_NATIONAL_DIGITS, MAX_NATIONAL_DIGITS = 5, 15
CHANNELS: dict[str, ContactKind] = {
    "phone": ContactKind.PHONE,
    "sms": ContactKind.PHONE,
    "mail": ContactKind.MAIL,
    "post": ContactKind.POST,
    "wecom": ContactKind.WECOM,
}
"""The kind of contact that each channel reaches."""


@dataclass(frozen=True, slots=True)
class ContactContent:
    """The personal part of a contact, encrypted as one text."""

    raw: str
    """The value as it was written."""
    value: str | None = None
    """Its normal form; None if it could not be read."""
    label: str | None = None
    person: str | None = None
    """Name of the contact person of an organization."""

    def to_text(self) -> str:
        return json.dumps(
            {name: value for name, value in asdict(self).items() if value is not None}, ensure_ascii=False
        )

    @classmethod
    def from_text(cls, text: str) -> "ContactContent":
        return cls(**json.loads(text))

    def masked(self, kind: str) -> "ContactContent":
        """Return the content for readers who may not see contacts."""
        value = None if self.value is None else mask(kind, self.value)
        return replace(self, value=value, raw=value or HIDDEN)


@dataclass(frozen=True, slots=True)
class NewContact:
    """A contact to record."""

    kind: ContactKind
    value: str
    label: str | None = None
    preferred: bool = False
    verified: bool = False
    hours: dict[str, list[list[str]]] | None = None
    person: str | None = None
    person_role: str | None = None


def country_of(region: str | None, *, default: str | None) -> str | None:
    """Return the country of a customer's region, such as CN of CN-SH, or else the default."""
    country = (region or "").partition("-")[0].upper()
    return country if country in SUPPORTED_REGIONS else default


def normalize(kind: str, raw: str, *, country: str | None) -> str | None:
    """Return the normal form: E.164, a lower-case mail, or a trimmed text. None if the value cannot be read."""
    if kind == ContactKind.PHONE:
        return normalize_phone(raw, region=country)
    if kind == ContactKind.MAIL:
        return normalize_mail(raw)
    return unicodedata.normalize("NFC", raw.strip())


def normalize_mail(raw: str) -> str | None:
    """Return the lower-case address without the name around it; None if no mail could be sent to it."""
    address = normalize_email(raw)
    if address is None:
        return None
    local, _, domain = address.lower().rpartition("@")
    try:
        # With a domain of the library's choice: it refuses those of intranets.
        validate_email(f"{local}@example.com", check_deliverability=False)
    except EmailNotValidError:
        return None
    return f"{local}@{domain}"


def is_same_address(stored: ContactContent, new: ContactContent) -> bool:
    """Return whether two contacts of a customer are one: the same value of the same person."""
    same_value = stored.value == new.value if new.value is not None else stored.raw == new.raw
    return same_value and stored.person == new.person


def matches(stored: ContactContent, query: ContactContent) -> bool:
    """Return whether a contact with the same index is the one that is looked up: extensions are in no index."""
    extension = (query.value or "").partition(";")[2]
    return not extension or stored.value is None or stored.value in (query.value, _without_extension(stored.value))


def reaches(channel: str, *, kind: str, value: str) -> bool:
    """Return whether the contact is an address on the channel; a text message reaches no extension."""
    return CHANNELS.get(channel) == kind and not (channel == "sms" and ";" in value)


def query_texts(kind: str, query: ContactContent) -> set[str]:
    """Return the texts under whose blind indexes the contact may be: of its value, and as it was written."""
    texts = {index_text(kind, query), index_text(kind, replace(query, value=None))}
    if kind == ContactKind.PHONE and query.value is None:
        texts |= {f"phone:{number}" for number in _in_every_country(_digits(query.raw))}
    return {text for text in texts if text is not None}


def index_text(kind: str, content: ContactContent) -> str | None:
    """Return the text whose blind index finds the contact; None for kinds that are not looked up."""
    if kind == ContactKind.PHONE:
        return f"phone:{_without_extension(content.value) if content.value else _digits(content.raw)}"
    if kind == ContactKind.POST:
        return None
    return f"{kind}:{normalize_for_comparison(content.value or content.raw)}"


def kinds_of(channels: Collection[str]) -> set[str]:
    """Return the kinds of contacts that the channels reach."""
    return {CHANNELS[channel] for channel in channels if channel in CHANNELS}


def mask(kind: str, value: str) -> str:
    """Return the value with most of it hidden: `+86 138 **** 8000`, `a***@example.com`."""
    if kind == ContactKind.PHONE:
        return _masked_phone(value)
    if kind == ContactKind.MAIL:
        local, _, domain = value.rpartition("@")
        return f"{local[:1]}{HIDDEN}@{domain}"
    return HIDDEN


def _masked_phone(value: str) -> str:
    number = phonenumbers.parse(value)
    digits = phonenumbers.national_significant_number(number)
    tail = 4 if len(digits) >= 8 else 2
    head = max(0, min(3, len(digits) - tail - MIN_HIDDEN_DIGITS))
    parts = (f"+{number.country_code}", digits[:head], "****", digits[len(digits) - tail :])
    return " ".join(part for part in parts if part)


def _in_every_country(digits: str) -> set[str]:
    """Return the numbers that these digits may be, where there is no country to read them by.

    They may be a national number of any country, of which some write a zero before it that does not belong to it, or
    an international number as telephone systems show it, without its plus.
    """
    if not MIN_NATIONAL_DIGITS <= len(digits) <= MAX_NATIONAL_DIGITS or not digits.isdigit():
        return set()
    nationals = {digits, digits.removeprefix("0")}
    codes = ("", *phonenumbers.COUNTRY_CODE_TO_REGION_CODE)
    return {f"+{code}{national}" for code in codes for national in nationals}


def _without_extension(value: str) -> str:
    """Return the number that a caller's display shows."""
    return value.partition(";")[0]


def _digits(raw: str) -> str:
    """Return the digits of a number that could not be read, or else its text in normal form."""
    text = normalize_for_comparison(raw)
    return "".join(character for character in text if character.isdigit()) or text
