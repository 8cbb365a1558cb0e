"""Columns of ciphertexts: what was plain is encrypted after a migration, and rotations cover them."""

from contextlib import suppress
from uuid import uuid4

import pytest
from sqlalchemy import insert, select, text

from heed_common.encrypted_columns import PLAIN_VALUE, EncryptedColumn, encrypt_plain_values, padded
from heed_common.encryption import FieldCipher, UndecryptableValue
from heed_common.key_rotation import rotate
from heed_common.session_cipher import NoCipher, get_cipher

pytestmark = pytest.mark.asyncio
OLD, NEW = b"o" * 32, b"n" * 32
COLUMN = EncryptedColumn(
    "letter", "id", index_column="blind_index", index_text=lambda content: content["to"].lower() or None
)
CREATE = text("CREATE TABLE letter (id uuid PRIMARY KEY, content bytea, blind_index bytea)")
SELECT = text("SELECT id, content, blind_index FROM letter ORDER BY id")


async def letters(database, contents, cipher=None):
    """Create letters: encrypted ones, or without a cipher those that a migration has left to be encrypted."""
    async with database.transaction() as session:
        await session.execute(CREATE)
        for content in contents:
            key = uuid4()
            encrypted = cipher and COLUMN.encrypt(content, key=key, cipher=cipher)
            index = cipher and COLUMN.blind_index(content, cipher=cipher)
            row = {"id": key, "content": encrypted, "blind_index": index}
            await session.execute(text("INSERT INTO letter VALUES (:id, :content, :blind_index)"), row)
            if cipher is None:
                plain = {"column": COLUMN.name, "key": str(key), "value": content}
                await session.execute(insert(PLAIN_VALUE).values(plain))


async def readable(database, cipher):
    async with database.transaction() as session:
        rows = (await session.execute(SELECT)).all()
    for row in rows:
        content = COLUMN.decrypt(row.content, key=row.id, cipher=cipher)
        assert row.blind_index == COLUMN.blind_index(content, cipher=cipher)
    return sorted(COLUMN.decrypt(row.content, key=row.id, cipher=cipher)["to"] for row in rows)


async def left(database):
    async with database.transaction() as session:
        return len((await session.execute(select(PLAIN_VALUE))).all())


def url(database):
    return database.url.set(drivername="postgresql").render_as_string(hide_password=False)


async def test_plain_values_are_encrypted_in_batches_and_deleted(platform_database):
    names = [f"Li {number}" for number in range(7)]
    await letters(platform_database, [{"to": name} for name in names])
    cipher = FieldCipher([NEW])
    assert await encrypt_plain_values(url(platform_database), [COLUMN], lambda: cipher, batch=3) == 7
    assert await readable(platform_database, cipher) == names
    assert await left(platform_database) == 0
    assert await encrypt_plain_values(url(platform_database), [COLUMN], lambda: cipher) == 0


async def test_an_interrupted_encryption_continues_where_it_ended(platform_database):
    names = [f"Li {number}" for number in range(7)]
    await letters(platform_database, [{"to": name} for name in names])
    cipher, calls = FieldCipher([NEW]), iter(range(2))

    def killed_at_the_third_batch():
        if next(calls, None) is None:
            raise InterruptedError
        return cipher

    with suppress(InterruptedError):
        await encrypt_plain_values(url(platform_database), [COLUMN], killed_at_the_third_batch, batch=3)
    assert await left(platform_database) == 1
    await encrypt_plain_values(url(platform_database), [COLUMN], lambda: cipher, batch=3)
    assert await readable(platform_database, cipher) == names


async def test_without_plain_values_no_key_is_needed(platform_database):
    def no_key():
        raise AssertionError

    assert await encrypt_plain_values(url(platform_database), [COLUMN], no_key) == 0


async def test_after_a_rotation_the_new_key_alone_decrypts_and_finds_every_value(platform_database):
    await letters(platform_database, [{"to": "Wang"}, {"to": "Li"}], FieldCipher([OLD]))
    (report,) = (await rotate(platform_database, {"letter": COLUMN.rotation()}, FieldCipher([NEW, OLD]))).values()
    assert (report.rotated, report.is_complete) == (2, True)
    assert await readable(platform_database, FieldCipher([NEW])) == ["Li", "Wang"]


async def test_a_rotation_reports_what_no_key_decrypts(platform_database):
    await letters(platform_database, [{"to": "Wang"}], FieldCipher([b"l" * 32]))
    (report,) = (await rotate(platform_database, {"letter": COLUMN.rotation()}, FieldCipher([NEW, OLD]))).values()
    assert (report.rotated, report.undecryptable, report.is_complete) == (0, 1, False)


async def test_a_ciphertext_decrypts_in_its_own_row_and_column_only():
    cipher, key = FieldCipher([NEW]), uuid4()
    encrypted = COLUMN.encrypt({"to": "Li"}, key=key, cipher=cipher)
    assert COLUMN.decrypt(encrypted, key=key, cipher=cipher) == {"to": "Li"}
    for column, row in ((COLUMN, uuid4()), (EncryptedColumn("note", "id"), key)):
        with pytest.raises(UndecryptableValue):
            column.decrypt(encrypted, key=row, cipher=cipher)


async def test_a_service_whose_wiring_has_no_cipher_stores_nothing(platform_database):
    platform_database.cipher = None
    async with platform_database.transaction() as session:
        with pytest.raises(NoCipher):
            get_cipher(session)


async def test_padded_contents_have_one_length_before_and_after_a_rotation(platform_database):
    old, both = FieldCipher([OLD]), FieldCipher([NEW, OLD])
    await letters(platform_database, [padded({"to": "é" * count}, multiple=100) for count in (0, 1, 40)], old)
    report = (await rotate(platform_database, {"letters": COLUMN.rotation()}, both))["letters"]
    assert (report.rotated, report.is_complete) == (3, True)
    async with platform_database.transaction() as session:
        assert len({len(row.content) for row in await session.execute(SELECT)}) == 1
