"""The body text of a mail: from its plain text, its HTML, or both. Pure."""

from heed_common.text import is_blank
from heed_complaint.intake.email.parsing.charsets import storable_text
from heed_complaint.intake.email.parsing.html import html_to_text

MAX_STUB = 300
"""A shorter text beside a longer HTML part may only be a hint to read the mail as HTML."""


def body_text(text: str, html: str) -> str:
    """Return the text, or that of the HTML where there is none; both for a stub that the HTML does not repeat."""
    plain = "" if is_blank(text) else storable_text(text).strip()
    if not html.strip() or (plain and len(plain) > MAX_STUB):
        return plain
    rich = storable_text(html_to_text(html))
    if not plain:
        return rich
    is_stub = len(rich) > 2 * len(plain) and _words(plain) not in _words(rich)
    return f"{plain}\n\n{rich}" if is_stub else plain


def _words(text: str) -> str:
    return "".join(character for character in text.casefold() if character.isalnum())
