"""The customer service does not start without keys of contacts, and no error repeats one."""

import pytest

from heed_common.encryption import format_keys, new_key
from heed_common.settings import SettingsError
from heed_customer.settings import Settings

URL = "postgresql://nobody@127.0.0.1:1/nothing"


@pytest.fixture(autouse=True)
def _without_keys(monkeypatch):
    monkeypatch.delenv("HEED_CONTACT_KEYS")


def test_keys_encrypt_and_older_ones_decrypt():
    old, new = new_key(), new_key()
    before = Settings.load(database_url=URL, contact_keys=old).field_cipher()
    after = Settings.load(database_url=URL, contact_keys=f"{new},{old}").field_cipher()
    assert after.decrypt(before.encrypt("x", context="c"), context="c") == "x"
    assert after.is_current(after.encrypt("x", context="c"))


def test_a_start_without_keys_is_refused_with_the_name_of_the_setting():
    with pytest.raises(SettingsError, match=r"HEED_CONTACT_KEYS: must be set.*new-key"):
        Settings.load(database_url=URL).field_cipher()


A_KEY = format_keys([bytes(32)])


@pytest.mark.parametrize("wrong", ["secret-but-short", "c2VjcmV0,", f"{A_KEY},secret", ","])
def test_wrong_keys_are_refused_without_repeating_them(wrong):
    with pytest.raises(SettingsError) as refused:
        Settings.load(database_url=URL, contact_keys=wrong)
    assert str(refused.value).startswith("HEED_CONTACT_KEYS: ")
    assert not any(part in str(refused.value) for part in wrong.split(",") if part)


def test_keys_may_be_in_a_file_on_a_line_each(tmp_path, monkeypatch):
    old, new, path = new_key(), new_key(), tmp_path / "contact.keys"
    path.write_text(f"{new}\n{old}\n")
    monkeypatch.setenv("HEED_CONTACT_KEYS_FILE", str(path))
    cipher = Settings.load(database_url=URL).field_cipher()
    assert len(cipher.key_ids) == 2


@pytest.mark.parametrize("content", [None, "", "secret"])
def test_a_missing_or_invalid_file_is_refused(tmp_path, monkeypatch, content):
    path = tmp_path / "contact.keys"
    if content is not None:
        path.write_text(content)
    monkeypatch.setenv("HEED_CONTACT_KEYS_FILE", str(path))
    with pytest.raises(SettingsError, match="HEED_CONTACT_KEYS_FILE") as refused:
        Settings.load(database_url=URL)
    assert "secret" not in str(refused.value)


def test_the_country_is_a_code_of_iso_3166():
    assert Settings.load(database_url=URL, country="CN").country == "CN"
    with pytest.raises(SettingsError, match="HEED_COUNTRY: must be an ISO 3166 code"):
        Settings.load(database_url=URL, country="China")
