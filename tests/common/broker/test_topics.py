"""Topics, their retention, and the selection of the broker by the settings."""

import asyncio

import pytest

from heed_common.broker import topics
from heed_common.broker.bus import open_bus
from heed_common.broker.kafka.bus import KafkaBus
from heed_common.broker.postgres.bus import PostgresBus
from heed_common.broker.topics import THIRTY_DAYS_MS, LogSettings, topic_settings
from heed_common.settings import SettingsError
from tests.databases import PLATFORM


@pytest.fixture
def environment(monkeypatch):
    for name in ("HEED_BUS", "HEED_PARTITIONS", "HEED_LOG_DATABASE_URL", "HEED_KAFKA_USERNAME", "HEED_KAFKA_PASSWORD"):
        monkeypatch.delenv(name, raising=False)
    return monkeypatch


def test_topics_for_a_rebuild_have_unlimited_retention_and_the_others_thirty_days():
    assert {topic: settings.retention_ms for topic, settings in topic_settings(12).items()} == {
        "heed.customer": -1,
        "heed.complaint": -1,
        "heed.survey": -1,
        "heed.scoring": THIRTY_DAYS_MS,
        "heed.customer.dlq": THIRTY_DAYS_MS,
        "heed.complaint.dlq": THIRTY_DAYS_MS,
        "heed.survey.dlq": THIRTY_DAYS_MS,
        "heed.scoring.dlq": THIRTY_DAYS_MS,
    }
    assert {settings.partitions for settings in topic_settings(7).values()} == {7}


def test_the_embedded_bus_is_the_log_in_postgresql(environment):
    settings = LogSettings.load()
    assert isinstance(open_bus(settings, log_url=settings.database_url), PostgresBus)
    with pytest.raises(SettingsError, match="HEED_BUS"):
        open_bus(settings)


@pytest.mark.parametrize("address", ["kafka://one:9092,two:9092", "kafka+ssl://one:9092"])
def test_a_kafka_address_is_kafka(environment, address):
    environment.setenv("HEED_BUS", address)
    assert isinstance(open_bus(LogSettings.load()), KafkaBus)


def test_an_account_on_kafka_needs_its_password(environment):
    environment.setenv("HEED_KAFKA_USERNAME", "heed")
    with pytest.raises(SettingsError, match="HEED_KAFKA_PASSWORD"):
        LogSettings.load()


async def _database(databases):
    return databases.url(await databases.clone(PLATFORM))


def test_the_operator_applies_and_checks_the_topics(environment, databases, capsys):
    environment.setenv("HEED_LOG_DATABASE_URL", asyncio.run(_database(databases)))
    assert topics.main(["apply"]) == 0
    assert topics.main(["check"]) == 0
    environment.setenv("HEED_PARTITIONS", "6")
    assert topics.main(["check"]) == 1
    assert "HEED_PARTITIONS" in capsys.readouterr().err


@pytest.mark.kafka
def test_the_operator_applies_and_checks_the_topics_on_kafka(environment, kafka_server, capsys):
    environment.setenv("HEED_BUS", kafka_server.url)
    assert topics.main(["check"]) == 1
    assert "heed topics apply" in capsys.readouterr().err
    assert topics.main(["apply"]) == 0
    assert topics.main(["check"]) == 0


def test_anything_else_is_answered_with_the_usage(environment, capsys):
    assert topics.main([]) == topics.main(["drop"]) == 2
    environment.setenv("HEED_BUS", "rabbit://")
    assert topics.main(["check"]) == 2
    assert "HEED_BUS" in capsys.readouterr().err
