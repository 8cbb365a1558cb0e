"""A wrong setting of messages is refused at the start, by its name and without its value."""

from pathlib import Path
from typing import ClassVar

import pytest

from heed_common.clock import SystemClock
from heed_common.contracts.message import ContactChannel
from heed_common.messages.settings import MessageSettings
from heed_common.messages.transports.configured import open_transports, transportable_channels
from heed_common.settings import SettingsError

SECRET = "whsec_" + "c2VjcmV0" * 8
MAIL_FROM = "客户服务 <service@example.com>"


class Settings(MessageSettings):
    service: ClassVar[str] = "complaint"


@pytest.fixture
def environment(monkeypatch):
    monkeypatch.setenv("HEED_COMPLAINT_DATABASE_URL", "postgresql://heed:hunter2@db/complaint")
    return monkeypatch


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("HEED_SMTP_URL", "mail.example"),
        ("HEED_SMTP_URL", "imap://mail.example"),
        ("HEED_SMTP_URL", "smtp://user:hunter2@mail.example"),
        ("HEED_SMTP_URL", "smtps://user@mail.example"),
        ("HEED_SMTP_URL", "smtps://mail.example:99999"),
        ("HEED_SMTP_URL", "smtps://user:hunter2@mail.example/folder"),
        ("HEED_SMTP_CONNECTIONS", "0"),
        ("HEED_MAIL_FROM", "nobody"),
        ("HEED_MAIL_FROM", "客服@example.com"),
        ("HEED_MESSAGE_WEBHOOK_URL", "gateway.example"),
        ("HEED_MESSAGE_WEBHOOK_SECRET", "hunter2"),
        ("HEED_MESSAGE_DAYS", "1"),
        ("HEED_CUSTOMER_URL", "customer:8000"),
    ],
)
def test_a_wrong_value_is_refused_by_name_and_not_repeated(environment, name, value):
    environment.setenv(name, value)
    with pytest.raises(SettingsError) as refused:
        Settings.load()
    assert str(refused.value).startswith(f"{name}: ")
    assert "hunter2" not in str(refused.value)


@pytest.mark.parametrize(
    ("name", "value", "missing"),
    [
        ("HEED_SMTP_URL", "smtps://mail.example", "HEED_MAIL_FROM"),
        ("HEED_MESSAGE_WEBHOOK_URL", "https://gateway.example/send", "HEED_MESSAGE_WEBHOOK_SECRET"),
    ],
)
def test_what_belongs_together_is_required_together(environment, name, value, missing):
    environment.setenv(name, value)
    with pytest.raises(SettingsError, match=missing):
        Settings.load()


def test_a_server_is_described_by_its_url(environment):
    environment.setenv("HEED_SMTP_URL", "smtp+starttls://li%40example.com:p%40ss@mail.example")
    environment.setenv("HEED_MAIL_FROM", MAIL_FROM)
    settings = Settings.load()
    server = settings.smtp_server
    assert (server.host, server.port, server.security) == ("mail.example", 587, "starttls")
    assert (server.username, server.password.get_secret_value()) == ("li@example.com", "p@ss")
    assert "p@ss" not in repr(settings) + repr(server)
    assert (settings.sender.display_name, settings.sender.addr_spec) == ("客户服务", "service@example.com")


@pytest.mark.parametrize(
    ("smtp", "webhook", "expected"),
    [
        (False, False, {"eml": {"mail", "sms", "wecom"}}),
        (True, False, {"smtp": {"mail"}}),
        (False, True, {"webhook": {"mail", "sms", "wecom"}}),
        (True, True, {"smtp": {"mail"}, "webhook": {"sms", "wecom"}}),
    ],
)
def test_each_channel_has_one_transport(environment, smtp, webhook, expected):
    if smtp:
        environment.setenv("HEED_SMTP_URL", "smtps://mail.example")
        environment.setenv("HEED_MAIL_FROM", MAIL_FROM)
    if webhook:
        environment.setenv("HEED_MESSAGE_WEBHOOK_URL", "https://gateway.example/send")
        environment.setenv("HEED_MESSAGE_WEBHOOK_SECRET", SECRET)
    settings = Settings.load()
    opened = {transport.name: set(transport.channels) for transport in open_transports(settings, clock=SystemClock())}
    assert opened == expected
    assert transportable_channels(settings) == frozenset[ContactChannel]().union(*opened.values())


def test_a_token_may_come_from_a_file(environment, tmp_path: Path):
    file = tmp_path / "service.token"
    environment.setenv("HEED_SERVICE_TOKEN_FILE", str(file))
    with pytest.raises(SettingsError, match="HEED_SERVICE_TOKEN_FILE"):
        Settings.load()
    file.write_text("t" * 40 + "\n")
    assert Settings.load().service_token.get_secret_value() == "t" * 40
