"""Personal data at rest: encrypted with the newest key, read with any, found by a keyed index."""

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heed_common.encryption import FieldCipher, UndecryptableValue, format_keys, new_key, parse_keys

OLD, NEW = os.urandom(32), os.urandom(32)


@given(st.text(st.characters(codec="utf-8")))
def test_a_value_is_decrypted_with_its_context(value):
    cipher = FieldCipher([NEW])
    encrypted = cipher.encrypt(value, context="contact.value:1")
    assert cipher.decrypt(encrypted, context="contact.value:1") == value


def test_a_ciphertext_contains_nothing_of_its_value():
    encrypted = FieldCipher([NEW]).encrypt("+8613800138000", context="row")
    assert not any(encrypted.count(part) for part in (b"13800138000", b"+86138", b"0138000"))


def test_equal_values_have_different_ciphertexts_and_one_index():
    cipher = FieldCipher([NEW])
    assert cipher.encrypt("+8613800138000", context="a") != cipher.encrypt("+8613800138000", context="a")
    assert cipher.blind_index("+8613800138000") == cipher.blind_index("+8613800138000")
    assert cipher.blind_index("+8613800138000") != FieldCipher([OLD]).blind_index("+8613800138000")


def test_after_a_rotation_old_values_are_readable_and_found():
    old, both = FieldCipher([OLD]), FieldCipher([NEW, OLD])
    encrypted = old.encrypt("ana@example.com", context="row")
    assert both.decrypt(encrypted, context="row") == "ana@example.com"
    assert not both.is_current(encrypted)
    assert both.is_current(both.encrypt("ana@example.com", context="row"))
    assert old.blind_index("ana@example.com") in both.blind_indexes("ana@example.com")


@pytest.mark.parametrize("spoil", ["context", "key", "bit", "short"])
def test_a_value_that_was_moved_or_changed_is_not_decrypted(spoil):
    cipher = FieldCipher([NEW])
    encrypted = cipher.encrypt("ana@example.com", context="row 1")
    broken = {"bit": encrypted[:-1] + bytes([encrypted[-1] ^ 1]), "short": encrypted[:10]}.get(spoil, encrypted)
    reader = FieldCipher([OLD]) if spoil == "key" else cipher
    with pytest.raises(UndecryptableValue):
        reader.decrypt(broken, context="row 2" if spoil == "context" else "row 1")


def test_keys_of_the_setting_are_parsed_newest_first():
    keys = [new_key(), new_key()]
    assert format_keys(parse_keys(", ".join(keys))) == ",".join(keys)
    with pytest.raises(ValueError, match="32 random bytes") as error:
        parse_keys("c2hvcnQ=")
    assert "c2hvcnQ" not in str(error.value)
