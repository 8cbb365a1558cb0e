"""Cursors: opaque, signed, and valid only for the list that issued them, so that nothing forged reaches a query."""

import binascii
import hashlib
import hmac
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from types import GenericAlias
from typing import Annotated, Any, cast

from pydantic import AfterValidator, Field, TypeAdapter, ValidationError
from pydantic_core import to_jsonable_python
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.errors import Unprocessable
from heed_common.fields import Moment, storable
from heed_common.tables import CURSOR_KEY

SIGNATURE_BYTES = 16
MAX_TEXT = 1000

Int4 = Annotated[int, Field(strict=True, ge=-(2**31), lt=2**31)]
Int8 = Annotated[int, Field(strict=True, ge=-(2**63), lt=2**63)]
Text = Annotated[str, Field(max_length=MAX_TEXT), AfterValidator(storable)]
Finite = Annotated[Decimal, Field(max_digits=40, allow_inf_nan=False)]
KINDS: dict[object, object] = {
    bool: Annotated[bool, Field(strict=True)],
    int: Int8,
    str: Text,
    Decimal: Finite,
    float: Annotated[float, Field(allow_inf_nan=False)],
    datetime: Moment,
}
"""Validators for plain types in a cursor: values that PostgreSQL can store. Signed cursors are validated as well."""


class CursorInvalid(Unprocessable):
    code, title = "cursor_invalid", "The cursor was not issued by this list."
    advice = "Begin again with the first page, without `cursor`. A cursor belongs to one list and its filters."


@dataclass(frozen=True, slots=True)
class CursorSigner:
    """Encodes and decodes the cursors of one service; all of its processes have the same key."""

    key: bytes = field(repr=False)

    def encode(self, path: str, parts: tuple[object, ...]) -> str:
        """Return the cursor for the parts of a sort key in the list at `path`."""
        packed = json.dumps(to_jsonable_python(parts), separators=(",", ":"), ensure_ascii=False).encode()
        return _text(self._sign(path, packed) + packed)

    def decode(self, path: str, cursor: str, kinds: tuple[Any, ...]) -> tuple[Any, ...]:
        """Return the parts of the sort key. Raises `CursorInvalid` unless the list at `path` has issued the cursor."""
        signed = _bytes(cursor)
        signature, packed = signed[:SIGNATURE_BYTES], signed[SIGNATURE_BYTES:]
        if not hmac.compare_digest(signature, self._sign(path, packed)):
            raise CursorInvalid
        shape: TypeAdapter[tuple[Any, ...]] = TypeAdapter(
            cast("Any", GenericAlias(tuple, tuple(KINDS.get(kind, kind) for kind in kinds)))
        )
        try:
            return shape.validate_json(packed)
        except ValidationError:
            raise CursorInvalid from None

    def _sign(self, path: str, packed: bytes) -> bytes:
        return hmac.digest(self.key, f"{path}\n".encode() + packed, hashlib.sha256)[:SIGNATURE_BYTES]


async def load_signer(session: AsyncSession) -> CursorSigner:
    """Return the signer with the key that the service's migration generated."""
    return CursorSigner((await session.execute(select(CURSOR_KEY.c.key))).scalar_one())


def _text(content: bytes) -> str:
    return urlsafe_b64encode(content).rstrip(b"=").decode()


def _bytes(cursor: str) -> bytes:
    try:
        content = urlsafe_b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4))
    except (UnicodeEncodeError, binascii.Error):
        raise CursorInvalid from None
    # The decoder ignores foreign characters and padding bits: only the canonical encoding is accepted.
    if _text(content) != cursor:
        raise CursorInvalid
    return content
