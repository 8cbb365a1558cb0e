"""References to attachments of complaints. Heed stores the reference and never fetches the file."""

import re
from dataclasses import dataclass
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, StringConstraints

from heed_common.fields import RequestModel, ResponseModel, ShortText, validation_error

MAX_ATTACHMENTS = 20
PRINTABLE = re.compile(r"[\x21-\x7e]+")
SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")


@dataclass(frozen=True, slots=True)
class Attachment:
    """Reference to a file that belongs to a complaint."""

    name: str
    uri: str
    media_type: str


def _leads_somewhere_harmless(uri: str) -> str:
    """Accept a web address, a URN or an opaque name; nothing that a browser would run."""
    if not PRINTABLE.fullmatch(uri) or any(sign in uri for sign in '<>"'):
        raise validation_error("uri_characters", "must be visible ASCII without spaces, quotes and angle brackets")
    if uri[:8].lower().startswith(("http://", "https://")):
        return _web_address(uri)
    if SCHEME.match(uri) and not uri.lower().startswith("urn:"):
        raise validation_error(
            "uri_scheme", "must be an http or https address, a urn, or an opaque name without a scheme"
        )
    if uri.startswith("//"):
        raise validation_error("uri_scheme", "must name http or https before the host")
    return uri


def _web_address(uri: str) -> str:
    try:
        parts = urlsplit(uri)
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise validation_error("uri_host", "must be an address with a host") from None
    if not host:
        raise validation_error("uri_host", "must be an address with a host")
    if "@" in parts.netloc:
        raise validation_error("uri_credentials", "may hold no user name or password")
    return uri


Reference = Annotated[str, StringConstraints(min_length=1, max_length=2000), AfterValidator(_leads_somewhere_harmless)]
MediaType = Annotated[
    str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9!#$&^_.+-]{0,63}/[a-z0-9][a-z0-9!#$&^_.+-]{0,63}$")
]


class AttachmentIn(RequestModel):
    """Name, location and media type of an attachment."""

    name: ShortText
    """File name as people see it; the file itself is stored elsewhere."""
    uri: Reference
    media_type: MediaType = "application/octet-stream"

    def as_reference(self) -> Attachment:
        return Attachment(self.name, self.uri, self.media_type)


class AttachmentOut(ResponseModel):
    name: str
    uri: str
    media_type: str
