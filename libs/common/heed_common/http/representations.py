"""The form in which a client gets what it reads: `304` where its copy is current, gzip where it accepts that.

A tag is that of the revision with a hash of the content behind it, `"3.8c6f…"`: a complaint shows the time that is
left, contacts are masked for some callers and texts have a language, none of which is a revision. `If-Match` reads the
revision only.

Compressed content may not mix secrets with what an attacker chooses (BREACH). Only responses to GET under `/v1/` and
the documents are compressed: they need a token that no browser sends by itself, and no input is repeated in them. Pages
of people without a token are HTML, which is never compressed.
"""

import asyncio
import hashlib
import re
import zlib
from collections.abc import Iterable, Sequence

from starlette.types import Message

from heed_common.revisions import CODING, WEAK, split_tags

COMPRESSIBLE = frozenset(
    {b"application/json", b"application/x-ndjson", b"application/schema+json", b"text/csv", b"image/svg+xml"}
)
COMPRESSED_PATHS = ("/v1/", "/openapi.json", "/asyncapi.json", "/schemas/")
MIN_BYTES = 1024
"""Smaller bodies fit into a packet anyway."""
MAX_BYTES_ON_LOOP = 32 * 1024
"""Larger ones are compressed in a thread, because that takes milliseconds."""
LEVEL = 1
"""JSON shrinks to a sixth; the highest level takes eight times as long for a fifth less."""
GZIP_WINDOW = 31
REVISION_TAG = re.compile(rb'"[0-9]+"')
TAG_BYTES = 10
OF_CONTENT = (b"content-type", b"content-length", b"content-encoding", b"content-disposition", b"content-language")
"""Headers that a 304 lacks."""
GZIP = re.compile(r"\s*(gzip|x-gzip|\*)\s*(?:;\s*q=([01](?:\.[0-9]{0,3})?)\s*)?", re.IGNORECASE)

Headers = list[tuple[bytes, bytes]]


class Representation:
    """The response to one GET, from its start to the end of its body."""

    def __init__(self, start: Message, *, if_none_match: str | None, compresses: bool) -> None:
        self._start: Message = start
        self._if_none_match = if_none_match
        self._compresses = compresses
        self._compressor: zlib._Compress | None = None
        self._is_begun = False
        self.status: int = start["status"]

    async def messages(self, message: Message) -> Sequence[Message]:
        """Return what is sent for a message of the body, at first with the start of the response."""
        body, is_last = message.get("body", b""), not message.get("more_body", False)
        if self._is_begun:
            return [_body(await self._compressed(body, is_last=is_last), is_last=is_last)]
        self._is_begun = True
        if is_last:
            return await self._whole(body)
        if self._compresses:
            self._compressor = zlib.compressobj(LEVEL, zlib.DEFLATED, GZIP_WINDOW)
            self._encode(length=None)
        return [self._start, _body(await self._compressed(body, is_last=False), is_last=False)]

    async def _whole(self, body: bytes) -> Sequence[Message]:
        compresses = self._compresses and len(body) >= MIN_BYTES
        if self._is_current(body, compresses=compresses):
            self.status = 304
            remaining = [(name, value) for name, value in self._start["headers"] if name.lower() not in OF_CONTENT]
            return [{**self._start, "status": 304, "headers": remaining}, _body(b"", is_last=True)]
        if compresses:
            self._compressor = zlib.compressobj(LEVEL, zlib.DEFLATED, GZIP_WINDOW)
            body = await self._compressed(body, is_last=True)
            self._encode(length=len(body))
        return [self._start, _body(body, is_last=True)]

    def _is_current(self, body: bytes, *, compresses: bool) -> bool:
        """Complete the tag, if there is one, and return whether the client has this content."""
        headers: Headers = self._start["headers"]
        tag = next((value for name, value in headers if name.lower() == b"etag"), None)
        if tag is None:
            return False
        if REVISION_TAG.fullmatch(tag):
            content = hashlib.blake2b(body, digest_size=TAG_BYTES).hexdigest().encode()
            tag = tag[:-1] + b"." + content + b'"'
        sent = tag[:-1] + b'-gzip"' if compresses else tag
        self._start["headers"] = [(name, sent if name.lower() == b"etag" else value) for name, value in headers]
        return self._if_none_match is not None and matches(self._if_none_match, tag.decode("latin-1"))

    def _encode(self, *, length: int | None) -> None:
        remaining = [(name, value) for name, value in self._start["headers"] if name.lower() != b"content-length"]
        size = [] if length is None else [(b"content-length", str(length).encode())]
        self._start["headers"] = [*remaining, *size, (b"content-encoding", b"gzip")]

    async def _compressed(self, body: bytes, *, is_last: bool) -> bytes:
        if self._compressor is None:
            return body
        if len(body) <= MAX_BYTES_ON_LOOP:
            return _compress(self._compressor, body, is_last)
        return await asyncio.to_thread(_compress, self._compressor, body, is_last)


def represent(start: Message, *, path: str, if_none_match: str | None, accept_encoding: str) -> Representation | None:
    """Return how the response to a GET is sent; None for one that is sent as it is."""
    headers: Headers = start["headers"]
    names = {name.lower() for name, _ in headers}
    media_type = next((value for name, value in headers if name.lower() == b"content-type"), b"")
    is_compressible = (
        path.startswith(COMPRESSED_PATHS)
        and media_type.partition(b";")[0].strip() in COMPRESSIBLE
        and b"content-encoding" not in names
    )
    if is_compressible:
        start["headers"] = headers = add_to_vary(headers, b"Accept-Encoding")
    compresses = is_compressible and accepts_gzip(accept_encoding)
    if not compresses and b"etag" not in names:
        return None
    return Representation(start, if_none_match=if_none_match, compresses=compresses)


def accepts_gzip(header: str) -> bool:
    """Return whether `Accept-Encoding` names gzip, or everything, and does not refuse it."""
    qualities = {
        found[1].lower().removeprefix("x-"): float(found[2] or 1)
        for part in header.split(",")
        if (found := GZIP.fullmatch(part))
    }
    return qualities.get("gzip", qualities.get("*", 0.0)) > 0


def matches(if_none_match: str, tag: str) -> bool:
    """Return whether `If-None-Match` names the tag: compared weakly, as RFC 9110 has it, in any coding of content."""
    if if_none_match.strip() == "*":
        return True
    return _plain(tag) in {_plain(one) for one in split_tags(if_none_match)}


def add_to_vary(headers: Iterable[tuple[bytes, bytes]], name: bytes) -> Headers:
    """Return the headers with the name in `Vary`."""
    headers = list(headers)
    values = [value for key, value in headers if key.lower() == b"vary"]
    others = [(key, value) for key, value in headers if key.lower() != b"vary"]
    return [*others, (b"vary", b", ".join([*values, name]))]


def _plain(tag: str) -> str:
    return CODING.sub("", tag.removeprefix(WEAK).strip('"'))


def _compress(compressor: "zlib._Compress", body: bytes, is_last: bool) -> bytes:  # noqa: FBT001 - for a thread
    """Return the next piece, complete up to here, so that a stream arrives as it is written."""
    return compressor.compress(body) + compressor.flush(zlib.Z_FINISH if is_last else zlib.Z_SYNC_FLUSH)


def _body(body: bytes, *, is_last: bool) -> Message:
    return {"type": "http.response.body", "body": body, "more_body": not is_last}
