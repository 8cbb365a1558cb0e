"""Bounces of our own messages, in whatever form the gateway delivers them. Pure."""

from email.message import Message
from email.parser import HeaderParser
from email.policy import compat32, default

from heed_common.messages.bounces import Bounce, parse_bounce
from heed_complaint.intake.email.parsing.headers import Headers

BOUNCE_HEADERS = ("from", "return-path", "x-failed-recipients", "in-reply-to", "references")


def find_bounce(raw: bytes | None, *, headers: Headers, text: str) -> Bounce | None:
    """Return the bounce of one of our messages: from the raw mail, or from the parts that the gateway delivered."""
    return parse_bounce(_from_parts(headers, text) if raw is None else raw.lstrip(b"\r\n"))


def _from_parts(headers: Headers, text: str) -> bytes:
    """Return a mail with the headers by which a bounce is recognised, and the text."""
    mail: Message = HeaderParser(policy=compat32).parsestr("")
    for name in BOUNCE_HEADERS:
        if (value := headers.get(name)) is not None:
            mail[name] = " ".join(value.split())
    mail.set_payload(text, "utf-8")
    return mail.as_bytes(policy=default.clone(refold_source="none"))
