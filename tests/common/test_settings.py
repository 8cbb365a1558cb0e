"""A wrong setting is refused at the start, with its name and without its value."""

from datetime import date
from decimal import Decimal
from typing import ClassVar

import pytest

from heed_common.settings import ServiceSettings, SettingsError

URL = "postgresql://heed:hunter2@db:5432/customer"


class Settings(ServiceSettings):
    service: ClassVar[str] = "customer"


class OtherSettings(ServiceSettings):
    service: ClassVar[str] = "survey"


@pytest.fixture
def environment(monkeypatch):
    monkeypatch.setenv("HEED_CUSTOMER_DATABASE_URL", URL)
    return monkeypatch


def test_each_service_has_its_own_database(environment):
    environment.setenv("HEED_SURVEY_DATABASE_URL", "postgresql://db/survey")
    assert Settings.load().database_url == URL
    assert OtherSettings.load().database_url == "postgresql://db/survey"


def test_without_a_database_there_is_no_start(monkeypatch):
    monkeypatch.delenv("HEED_CUSTOMER_DATABASE_URL", raising=False)
    with pytest.raises(SettingsError, match="HEED_CUSTOMER_DATABASE_URL"):
        Settings.load()


def test_currencies_of_the_past_have_rates_but_are_not_the_one_of_the_organisation(environment):
    environment.setenv("HEED_RATES", '{"BGN": "0.58", "DEM": "0.59"}')
    assert Settings.load().rates == {"BGN": Decimal("0.58"), "DEM": Decimal("0.59")}
    environment.setenv("HEED_CURRENCY", "BGN")
    with pytest.raises(SettingsError, match="HEED_CURRENCY"):
        Settings.load()


def test_what_the_contract_promises_is_the_default(environment):
    settings = Settings.load()
    assert (settings.bus, settings.partitions, settings.currency) == ("embedded", 12, "USD")
    assert (settings.default_margin, settings.time_zone, settings.fit_schedule) == (Decimal("0.30"), "UTC", None)
    assert settings.earliest == date(1970, 1, 1)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("HEED_BUS", "rabbit://host:5672"),
        ("HEED_BUS", "kafka://host"),
        ("HEED_BUS", "kafka://a:1,b"),
        ("HEED_BUS", "kafka://a:1/topic"),
        ("HEED_PARTITIONS", "0"),
        ("HEED_PARTITIONS", "twelve"),
        ("HEED_CURRENCY", "usd"),
        ("HEED_CURRENCY", "XYZ"),
        ("HEED_RATES", "1.08"),
        ("HEED_RATES", "{"),
        ("HEED_RATES", '{"EUR": 0}'),
        ("HEED_RATES", '{"EUR": "NaN"}'),
        ("HEED_RATES", '{"XYZ": 1}'),
        ("HEED_DEFAULT_MARGIN", "1.5"),
        ("HEED_DEFAULT_MARGIN", "NaN"),
        ("HEED_TIME_ZONE", "Mars/Olympus"),
        ("HEED_TIME_ZONE", "../etc/passwd"),
        ("HEED_EARLIEST", "1899-12-31"),
        ("HEED_EARLIEST", "9999-01-01"),
        ("HEED_EARLIEST", "yesterday"),
        ("HEED_FIT_SCHEDULE", "25:00"),
        ("HEED_PORT", "99999"),
        ("HEED_LOG_LEVEL", "loud"),
        ("HEED_SERVICE_TOKEN", "hunter2"),
        ("HEED_OIDC_ISSUER", "login.example"),
        ("HEED_CUSTOMER_DATABASE_URL", "mysql://heed:hunter2@db/customer"),
    ],
)
def test_a_wrong_value_is_refused_by_name_and_not_repeated(environment, name, value):
    environment.setenv(name, value)
    with pytest.raises(SettingsError) as refused:
        Settings.load()
    assert str(refused.value).startswith(f"{name}: ")
    assert "hunter2" not in str(refused.value)


def test_all_wrong_values_are_named_at_once(environment):
    environment.setenv("HEED_CURRENCY", "XYZ")
    environment.setenv("HEED_PORT", "0")
    with pytest.raises(SettingsError) as refused:
        Settings.load()
    assert sorted(line.split(":")[0] for line in str(refused.value).splitlines()) == ["HEED_CURRENCY", "HEED_PORT"]


def test_an_issuer_without_an_audience_is_refused(environment):
    environment.setenv("HEED_OIDC_ISSUER", "https://login.example")
    with pytest.raises(SettingsError, match="HEED_OIDC_AUDIENCE"):
        Settings.load()


@pytest.mark.parametrize("bus", ["embedded", "kafka://kafka:9092", "kafka+ssl://a.example:9093,b.example:9093"])
def test_the_buses_that_there_are_are_taken(environment, bus):
    environment.setenv("HEED_BUS", bus)
    assert Settings.load().bus == bus


def test_rates_are_exact(environment):
    environment.setenv("HEED_RATES", '{"EUR": "1.08", "JPY": 0.0067}')
    assert Settings.load().rates == {"EUR": Decimal("1.08"), "JPY": Decimal("0.0067")}


def test_a_variable_that_is_set_to_nothing_is_not_set(environment):
    environment.setenv("HEED_CURRENCY", "")
    assert Settings.load().currency == "USD"


def test_secrets_do_not_show_when_settings_are_printed(environment):
    environment.setenv("HEED_SERVICE_TOKEN", "s3cret" * 8)
    assert "hunter2" not in repr(Settings.load())
    assert "s3cret" not in repr(Settings.load())
