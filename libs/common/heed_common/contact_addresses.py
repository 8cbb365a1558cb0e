"""Telephone numbers and e-mail addresses in one normal form, for storage and comparison. Pure.

A value that cannot be read is returned as it was written: a contact is never refused for its form.
"""

import re
import unicodedata
from urllib.parse import unquote

import idna
import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberFormat

SUPPORTED_REGIONS: frozenset[str] = frozenset(phonenumbers.SUPPORTED_REGIONS)
"""ISO 3166 codes of the regions whose national numbers can be read."""
EMAIL = re.compile(r"[^@\s<>,;:\"()]{1,64}@[^@\s<>,;:\"()]{1,253}")
IN_ANGLE_BRACKETS = re.compile(r"[^<>]*<([^<>]*)>\s*")
PREFIX = re.compile(r"\s*(?:tel|callto|sms|mailto)\s*:\s*", re.IGNORECASE)
EXTENSION = re.compile(r"\s*(?:转接?|轉接?|分机号?|分機|内线|內線)\s*[:.]?\s*")
"""How Chinese writes an extension; phonenumbers knows the other spellings."""
PHONE = re.compile(
    r"\+?[\d\s()\[\]./~*\u2010-\u2015\u2212-]*(?:(?:;ext=|,|;|#|x|ext\.?|extn\.?|extension|доб\.?)[\s\d:.]*)?",
    re.IGNORECASE,
)


def normalize_contact(text: str, *, region: str | None) -> str:
    """Return the normal form of an e-mail address or a telephone number, or else the text as it was written."""
    return normalize_email(text) or normalize_phone(text, region=region) or text


def normalize_email(text: str) -> str | None:
    """Return the address with its domain in lower-case ASCII (IDNA), without `mailto:` and a name around it."""
    address = _without_prefix(text)
    if bracketed := IN_ANGLE_BRACKETS.fullmatch(address):
        address = _without_prefix(bracketed[1])
    address = address.partition("?")[0].strip() if address != text.strip() else address
    address = unicodedata.normalize("NFC", address)
    if not EMAIL.fullmatch(address):
        return None
    local, _, domain = address.rpartition("@")
    return f"{local}@{_ascii_domain(domain)}"


def email_key(text: str) -> str:
    """Return the form in which two addresses of one mailbox are equal."""
    return (normalize_email(text) or text.strip()).casefold()


def normalize_phone(text: str, *, region: str | None) -> str | None:
    """Return the number in E.164, with `;ext=` where it has an extension. None if it is no possible number.

    A national number can be read only with the region to which it belongs.
    """
    plain = EXTENSION.sub(" ext. ", unicodedata.normalize("NFKC", _without_prefix(text)))
    if not PHONE.fullmatch(plain):
        return None
    if region is None and plain.startswith("00"):
        plain = f"+{plain[2:]}"
    try:
        number = phonenumbers.parse(plain, region)
    except NumberParseException:
        return None
    if not phonenumbers.is_possible_number(number):
        return None
    normal = phonenumbers.format_number(number, PhoneNumberFormat.E164)
    return f"{normal};ext={number.extension}" if number.extension else normal


def _without_prefix(text: str) -> str:
    found = PREFIX.match(text)
    return unquote(text[found.end() :]).strip() if found else text.strip()


def _ascii_domain(domain: str) -> str:
    try:
        return idna.encode(domain.rstrip("."), uts46=True).decode("ascii").lower()
    except idna.IDNAError:
        return domain.lower()
