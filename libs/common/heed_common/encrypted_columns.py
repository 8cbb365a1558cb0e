"""Encrypted columns: what they contain, how a rotation encrypts them again, and values from before they were encrypted.

A migration cannot encrypt, because it has no keys. It moves the plain values of a column to `plain_value`, and the
command that migrates encrypts them afterwards, in small transactions: one that is interrupted continues where it ended.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from sqlalchemy import Column, LargeBinary, Table, Text, bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.sql.elements import TextClause

from heed_common.database import Database
from heed_common.encryption import KEY_ID_BYTES, FieldCipher, UndecryptableValue
from heed_common.key_rotation import RotatedBatch, RotatedTable
from heed_common.table_metadata import service_metadata

BATCH = 500
METADATA = service_metadata()
PLAIN_VALUE = Table(
    "plain_value",
    METADATA,
    Column("column", Text, primary_key=True, comment="Such as message.content."),
    Column("key", Text, primary_key=True),
    Column("value", JSONB, nullable=False),
    comment="Values from before their column was encrypted. Empty after a migration.",
)
SELECT_PLAIN = text("""
    SELECT key, value FROM plain_value WHERE "column" = :column ORDER BY key LIMIT :limit FOR UPDATE SKIP LOCKED
""")
DELETE_PLAIN = text('DELETE FROM plain_value WHERE "column" = :column AND key = ANY(:keys)').bindparams(
    bindparam("keys", type_=ARRAY(Text))
)
Content = Mapping[str, Any]


def padded(content: Content, *, multiple: int) -> Content:
    """Return the content with a member that fills it up to a multiple of so many bytes, which hides its length."""
    length = len(_to_json(content).encode())
    return {**content, "padding": " " * (-length % multiple)}


def no_index(_: Content) -> str | None:
    """Return the text that a column without a blind index is found by."""
    return None


@dataclass(frozen=True, slots=True)
class EncryptedColumn:
    """A column of ciphertexts, each of a JSON object."""

    table: str
    key: str
    """The column that identifies the row."""
    column: str = "content"
    key_type: Literal["uuid", "bytea", "boolean"] = "uuid"
    index_column: str | None = None
    """The column of the blind index, if the value can be found by one."""
    index_text: Callable[[Content], str | None] = field(default=no_index)
    """Returns the text of the blind index, in its normal form."""

    @property
    def name(self) -> str:
        return f"{self.table}.{self.column}"

    def encrypt(self, content: Content, *, key: object, cipher: FieldCipher) -> bytes:
        """Return the ciphertext of the content of this row."""
        return cipher.encrypt(_to_json(content), context=self._context(key))

    def decrypt(self, encrypted: bytes, *, key: object, cipher: FieldCipher) -> dict[str, Any]:
        """Return the content of this row. Raises `UndecryptableValue`."""
        content: dict[str, Any] = json.loads(cipher.decrypt(encrypted, context=self._context(key)))
        return content

    def blind_index(self, content: Content, *, cipher: FieldCipher) -> bytes | None:
        """Return the index under which the row is found; None if it has nothing to be found by."""
        indexed = self.index_text(content)
        return None if indexed is None else cipher.blind_index(indexed)

    def rotation(self) -> RotatedTable:
        """Return how the column is rotated."""
        return RotatedTable(self._rotate_batch, self._count_by_key)

    async def encrypt_plain(self, session: AsyncSession, cipher: Callable[[], FieldCipher], *, limit: int) -> int:
        """Encrypt some of the plain values of this column. Return how many; 0 if there are no more."""
        rows = (await session.execute(SELECT_PLAIN, {"column": self.name, "limit": limit})).all()
        if rows:
            contents = {_parse_key(row.key, self.key_type): row.value for row in rows}
            await self._update(session, contents, cipher())
            await session.execute(DELETE_PLAIN, {"column": self.name, "keys": [row.key for row in rows]})
        return len(rows)

    async def _rotate_batch(
        self, session: AsyncSession, cipher: FieldCipher, after: object | None, limit: int
    ) -> RotatedBatch:
        params = {"key_id": cipher.current_key_id, "limit": limit} | ({} if after is None else {"after": after})
        rows = (await session.execute(self._select_older(has_start=after is not None), params)).all()
        contents: dict[object, Content] = {}
        for row in rows:
            try:
                contents[row.key] = self.decrypt(row.encrypted, key=row.key, cipher=cipher)
            except UndecryptableValue:
                continue
        await self._update(session, contents, cipher)
        return RotatedBatch(len(contents), len(rows) - len(contents), rows[-1].key if len(rows) == limit else None)

    async def _count_by_key(self, session: AsyncSession) -> dict[bytes, int]:
        query = f"""
            SELECT substring({self.column} FROM 1 FOR {KEY_ID_BYTES}) AS key_id, count(*) FROM {self.table}
            WHERE {self.column} IS NOT NULL GROUP BY 1
        """  # noqa: S608 - names of the code
        return {bytes(key_id): count for key_id, count in await session.execute(text(query))}

    async def _update(self, session: AsyncSession, contents: Mapping[Any, Content], cipher: FieldCipher) -> None:
        """Store the ciphertexts of the contents, and their blind indexes."""
        if not contents:
            return
        params: dict[str, Any] = {
            "keys": list(contents),
            "values": [self.encrypt(content, key=key, cipher=cipher) for key, content in contents.items()],
        }
        if self.index_column is not None:
            params["indexes"] = [self.blind_index(content, cipher=cipher) for content in contents.values()]
        await session.execute(self._update_statement(), params)

    def _select_older(self, *, has_start: bool) -> TextClause:
        """Return the query of what older keys encrypted; a row that is locked waits for the next pass."""
        start = f"AND {self.key} > :after" if has_start else ""
        return text(f"""
            SELECT {self.key} AS key, {self.column} AS encrypted FROM {self.table}
            WHERE substring({self.column} FROM 1 FOR {KEY_ID_BYTES}) <> :key_id {start}
            ORDER BY {self.key} LIMIT :limit FOR NO KEY UPDATE SKIP LOCKED
        """)  # noqa: S608 - names of the code

    def _update_statement(self) -> TextClause:
        index, source, columns = "", "", "key, value"
        if self.index_column is not None:
            index, source = f", {self.index_column} = row.blind_index", ", CAST(:indexes AS bytea[])"
            columns = "key, value, blind_index"
        statement = text(f"""
            UPDATE {self.table} SET {self.column} = row.value{index}
            FROM unnest(CAST(:keys AS {self.key_type}[]), CAST(:values AS bytea[]){source}) AS row({columns})
            WHERE {self.table}.{self.key} = row.key
        """)  # noqa: S608 - names of the code
        return statement.bindparams(bindparam("values", type_=ARRAY(LargeBinary)))

    def _context(self, key: object) -> str:
        return f"{self.name}:{key.hex() if isinstance(key, bytes) else key}"


async def encrypt_plain_values(
    url: str, columns: Sequence[EncryptedColumn], cipher: Callable[[], FieldCipher], *, batch: int = BATCH
) -> int:
    """Encrypt what migrations left to be encrypted. Return the number of values; without any, no key is needed."""
    if not columns:
        return 0
    database, encrypted = Database(url, pool_size=2, application_name="heed-encrypt"), 0
    try:
        for column in columns:
            while count := await _encrypt_batch(database, column, cipher, batch):
                encrypted += count
    finally:
        await database.close()
    return encrypted


async def _encrypt_batch(
    database: Database, column: EncryptedColumn, cipher: Callable[[], FieldCipher], batch: int
) -> int:
    async with database.transaction() as session:
        return await column.encrypt_plain(session, cipher, limit=batch)


def _to_json(content: Content) -> str:
    return json.dumps(content, ensure_ascii=False, separators=(",", ":"))


def _parse_key(key: str, key_type: str) -> object:
    """Return the key as the driver expects it."""
    if key_type == "bytea":
        return bytes.fromhex(key)
    return key == "true" if key_type == "boolean" else key
