"""The embedded product creates the keys of contacts for its owner only, and no second time."""

import pytest

from heed import contact_keys, key_commands
from heed.settings import Settings
from heed_customer.settings import Settings as CustomerSettings

URL = "postgresql://nobody@127.0.0.1:1/nothing"


@pytest.fixture
def settings(tmp_path, monkeypatch):
    monkeypatch.delenv("HEED_CONTACT_KEYS")
    return Settings(data_dir=tmp_path)


def cipher_of(settings):
    return CustomerSettings.load(database_url=URL, **contact_keys.overrides(settings)).field_cipher()


def test_the_first_start_creates_a_key_that_only_its_owner_can_read(settings):
    contact_keys.ensure(settings)
    assert settings.contact_keys_file.stat().st_mode & 0o777 == 0o600
    encrypted = cipher_of(settings).encrypt("+8613800138000", context="c")
    contact_keys.ensure(settings)
    assert cipher_of(settings).decrypt(encrypted, context="c") == "+8613800138000"


def test_keys_of_the_environment_are_used_instead(settings, monkeypatch):
    monkeypatch.setenv("HEED_CONTACT_KEYS", "x" * 43 + "=")
    contact_keys.ensure(settings)
    assert not settings.contact_keys_file.exists()
    assert contact_keys.overrides(settings) == {}
    with pytest.raises(key_commands.KeysElsewhere):
        key_commands.add_key(settings)


def test_a_new_key_encrypts_and_the_one_before_still_decrypts(settings):
    contact_keys.ensure(settings)
    before = cipher_of(settings)
    encrypted = before.encrypt("+8613800138000", context="c")
    contact_keys.prepend(settings)
    after = cipher_of(settings)
    assert after.decrypt(encrypted, context="c") == "+8613800138000"
    assert after.current_key_id not in before.key_ids
    assert settings.contact_keys_file.stat().st_mode & 0o777 == 0o600
