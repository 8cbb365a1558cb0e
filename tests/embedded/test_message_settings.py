"""The services of the embedded product share a token that only its owner can read, and find each other."""

import stat

import pytest

from heed import message_settings
from heed.message_settings import ServiceTokenUnreadable
from heed.settings import Settings


@pytest.fixture
def settings(tmp_path, monkeypatch):
    for name in ("HEED_SERVICE_TOKEN", "HEED_SERVICE_TOKEN_FILE", "HEED_CUSTOMER_URL", "HEED_HOST"):
        monkeypatch.delenv(name, raising=False)
    return Settings.load(data_dir=tmp_path, port=18000)


def test_the_token_is_made_once_and_for_its_owner_only(settings):
    message_settings.ensure(settings)
    first = message_settings.overrides(settings)
    message_settings.ensure(settings)
    assert message_settings.overrides(settings) == first
    assert len(first["service_token"]) >= 32
    assert stat.S_IMODE(settings.service_token_file.stat().st_mode) == 0o600


@pytest.mark.parametrize(
    ("host", "address"),
    [("127.0.0.1", "127.0.0.1"), ("0.0.0.0", "127.0.0.1"), ("::", "[::1]"), ("::1", "[::1]")],  # noqa: S104
)
def test_the_customer_service_is_reached_on_the_address_of_the_product(settings, host, address):
    message_settings.ensure(settings)
    overrides = message_settings.overrides(settings.model_copy(update={"host": host}))
    assert overrides["customer_url"] == f"http://{address}:18000"


def test_what_the_environment_sets_is_left_alone(settings, monkeypatch):
    monkeypatch.setenv("HEED_SERVICE_TOKEN", "t" * 40)
    monkeypatch.setenv("HEED_CUSTOMER_URL", "http://customer.example")
    message_settings.ensure(settings)
    assert message_settings.overrides(settings) == {"data_dir": settings.data_dir}
    assert not settings.service_token_file.exists()


def test_a_damaged_token_is_refused(settings):
    settings.service_token_file.write_text("\n")
    message_settings.ensure(settings)
    with pytest.raises(ServiceTokenUnreadable, match=r"service\.token"):
        message_settings.overrides(settings)
