"""Senders and recipients of mails. Pure."""

import re
from dataclasses import dataclass
from email.utils import getaddresses

from heed_common.contact_addresses import normalize_email
from heed_complaint.intake.email.parsing.charsets import decode_header_text

MAX_NAME, MAX_ADDRESS = 200, 320
MAX_HEADER = 4000
MAX_RECIPIENTS = 20
ANYWHERE = re.compile(r"[^\s<>@,;:\"()\[\]]{1,64}@[^\s<>@,;:\"()\[\]]{1,253}")


@dataclass(frozen=True, slots=True)
class Address:
    """The display name and the address of a mailbox; either may be unknown."""

    name: str | None
    address: str | None


def parse_address(header: str) -> Address:
    """Return the first mailbox of a header; an unquoted comma in the name is part of the name."""
    value = " ".join(header[:MAX_HEADER].split())
    found = _parse(value)
    if found.address is None and "=?" in value:
        # The whole header was written as encoded words, address included.
        return _parse(decode_header_text(value))
    return found


def parse_recipients(header: str) -> list[str]:
    """Return the addresses of a header, in their normal form."""
    found = (normalize_email(address) for address in ANYWHERE.findall(header[:MAX_HEADER]))
    return list(dict.fromkeys(address for address in found if address))[:MAX_RECIPIENTS]


def _parse(value: str) -> Address:
    try:
        mailboxes = getaddresses([value])
    except RecursionError:
        # Comments within comments are parsed by recursion, and a sender can nest them too deeply.
        return Address(None, None)
    with_address = [(name, address) for name, address in mailboxes if "@" in address]
    if len(mailboxes) == 1 and with_address:
        name, address = with_address[0]
        return _address(name, address)
    if with_address:
        before, bracket, _ = value.partition("<")
        is_name = bool(bracket) and "@" not in before
        return _address(before if is_name else with_address[0][0], with_address[0][1])
    anywhere = ANYWHERE.search(value)
    before = value[: anywhere.start()] if anywhere else value
    return _address(before, anywhere[0] if anywhere else "")


def _address(name: str, address: str) -> Address:
    decoded = decode_header_text(name.strip().strip("\"'<>").strip()).strip("\"' ")
    plain = normalize_email(address) or address.strip()
    return Address(decoded[:MAX_NAME] or None, plain[:MAX_ADDRESS] or None)
