"""References to the attachments of a mail; Heed never stores the attachment itself. Pure."""

import re
from collections.abc import Mapping
from urllib.parse import quote, urlsplit

from heed_complaint.core.attachments import Attachment
from heed_complaint.intake.email.parsing.charsets import decode_header_text

MAX_NAME, MAX_URI = 200, 2000
MEDIA_TYPE = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]{0,63}/[a-z0-9][a-z0-9!#$&^_.+-]{0,63}")
WEB_ADDRESS = re.compile(r"https?://[\x21-\x7e]+", re.IGNORECASE)
NAMES = ("name", "filename", "fileName", "Name", "Filename")
ADDRESSES = ("uri", "url", "URL", "href")
MEDIA_TYPES = ("media_type", "content_type", "content-type", "contentType", "ContentType", "type", "Content-Type")


def parse_attachment(given: object, *, message_id: str, number: int) -> Attachment:
    """Return the reference; without a usable address it is `mail/<message id>/<number>`, as the gateway can find it."""
    fields: Mapping[str, object] = given if isinstance(given, dict) else {"name": given}
    name = decode_header_text(_first(fields, NAMES)) or f"attachment {number}"
    uri = _first(fields, ADDRESSES)
    if not _is_reference(uri):
        uri = f"mail/{quote(message_id.strip('<>'), safe='@')}/{number}"[:MAX_URI]
    media_type = _first(fields, MEDIA_TYPES).partition(";")[0].strip().lower()
    if not MEDIA_TYPE.fullmatch(media_type):
        media_type = "application/octet-stream"
    return Attachment(name[:MAX_NAME], uri, media_type)


def _first(fields: Mapping[str, object], names: tuple[str, ...]) -> str:
    return next((text for name in names if isinstance(text := fields.get(name), str) and text.strip()), "").strip()


def _is_reference(uri: str) -> bool:
    """Return whether `core/attachments.py` accepts it."""
    if len(uri) > MAX_URI or any(sign in uri for sign in '<>"'):
        return False
    if not WEB_ADDRESS.fullmatch(uri):
        return bool(re.fullmatch(r"(?:urn:|(?!//)(?![A-Za-z][A-Za-z0-9+.-]*:))[\x21-\x7e]+", uri))
    try:
        parts = urlsplit(uri)
        return bool(parts.hostname) and "@" not in parts.netloc and (parts.port or 0) >= 0
    except ValueError:
        return False
