"""Every secret may be in a file instead of the environment: one of the two, and errors name it and not the secret."""

import re
from pathlib import Path

import pytest

from heed.services import all_services
from heed.settings import Settings as ProductSettings
from heed_common.broker.topics import LogSettings
from heed_common.platform.settings import Settings as PlatformSettings
from heed_common.secret_settings import read_secret, secret_fields
from heed_common.settings import SettingsError, read_all_database_urls, variable

ROOT = Path(__file__).resolve().parents[2]
CLASSES = [service.settings for service in all_services()]
SECRETS = sorted({(kind, name) for kind in CLASSES for name in secret_fields(kind)}, key=lambda item: str(item))
VALUES = {
    "contact_keys": "x" * 43 + "=",
    "database_url": "postgresql://heed:hunter2@db/customer",
    "intake_mail_secret": "hunter2" * 8,
    "kafka_password": "hunter2",
    "message_webhook_secret": "whsec_" + "aHVudGVyMg" * 4,
    "message_webhook_url": "https://gateway.example/hunter2",
    "service_token": "hunter2" * 8,
    "smtp_url": "smtps://heed:hunter2@mail.example",
}
NAMED_LIKE_A_SECRET = re.compile(r"password|secret|token|keys$|database_url|smtp_url|webhook_url")
every_secret = pytest.mark.parametrize(
    ("kind", "name"), SECRETS, ids=[f"{kind.service}-{name}" for kind, name in SECRETS]
)


@pytest.fixture
def environment(monkeypatch):
    for kind in CLASSES:
        for name in secret_fields(kind):
            monkeypatch.delenv(variable(kind, name), raising=False)
            monkeypatch.delenv(f"{variable(kind, name)}_FILE", raising=False)
        monkeypatch.setenv(variable(kind, "database_url"), VALUES["database_url"])
    monkeypatch.setenv("HEED_MAIL_FROM", "heed@example.com")
    return monkeypatch


def plain(value: object) -> object:
    return value if isinstance(value, str) else value.get_secret_value()


def test_what_is_named_like_a_secret_is_one():
    kinds = [*CLASSES, ProductSettings, PlatformSettings, LogSettings]
    named = {(kind, name) for kind in kinds for name in kind.model_fields if NAMED_LIKE_A_SECRET.search(name)}
    assert {name for _, name in named} == set(VALUES)
    assert {(kind, name) for kind in kinds for name in secret_fields(kind)} == named


@every_secret
def test_a_secret_may_be_in_a_file(environment, tmp_path, kind, name):
    path = tmp_path / "secret"
    path.write_text(f"{VALUES[name]}\n")
    environment.delenv(variable(kind, name), raising=False)
    if name == "message_webhook_url":  # It needs the other one.
        environment.setenv("HEED_MESSAGE_WEBHOOK_SECRET", VALUES["message_webhook_secret"])
    environment.setenv(f"{variable(kind, name)}_FILE", str(path))
    settings = kind.load()
    assert plain(getattr(settings, name)) == VALUES[name]
    assert "hunter2" not in repr(settings)


@every_secret
def test_a_secret_by_value_and_by_file_is_refused(environment, tmp_path, kind, name):
    path = tmp_path / "secret"
    path.write_text(VALUES[name])
    environment.setenv(variable(kind, name), VALUES[name])
    environment.setenv(f"{variable(kind, name)}_FILE", str(path))
    with pytest.raises(SettingsError) as refused:
        kind.load()
    assert str(refused.value) == (
        f"{variable(kind, name)}: must not be set while {variable(kind, name)}_FILE is; remove one of them"
    )


@pytest.mark.parametrize(
    ("content", "rule"),
    [
        (None, "cannot be read: No such file"),
        (b"", "is empty"),
        (b" \n\n", "is empty"),
        (b"hunter2\xff", "is not text"),
    ],
)
def test_a_file_without_a_secret_is_refused_by_its_variable(environment, tmp_path, content, rule):
    path = tmp_path / "secret"
    if content is not None:
        path.write_bytes(content)
    environment.setenv("HEED_KAFKA_PASSWORD_FILE", str(path))
    environment.setenv("HEED_SERVICE_TOKEN_FILE", str(tmp_path))
    with pytest.raises(SettingsError) as refused:
        CLASSES[0].load()
    kafka, token = sorted(str(refused.value).splitlines())
    assert kafka.startswith(f"HEED_KAFKA_PASSWORD_FILE: {path} {rule}")
    assert token == f"HEED_SERVICE_TOKEN_FILE: {tmp_path} cannot be read: Is a directory"
    assert "hunter2" not in str(refused.value)


def test_a_wrong_secret_of_a_file_is_refused_by_the_variable_of_the_file(environment, tmp_path):
    path = tmp_path / "secret"
    path.write_text("hunter2")
    environment.setenv("HEED_SERVICE_TOKEN_FILE", str(path))
    with pytest.raises(SettingsError, match=r"^HEED_SERVICE_TOKEN_FILE: ") as refused:
        CLASSES[0].load()
    assert "hunter2" not in str(refused.value)


def test_only_the_line_ends_after_a_secret_are_removed(monkeypatch, tmp_path):
    path = tmp_path / "secret"
    path.write_bytes(b" pass word \r\n\n")
    monkeypatch.setenv("HEED_TRY_FILE", str(path))
    assert read_secret("HEED_TRY") == " pass word "


def test_commands_of_all_databases_read_their_files(environment, tmp_path):
    path = tmp_path / "url"
    path.write_text("postgresql://db/survey\n")
    environment.setenv("HEED_SURVEY_DATABASE_URL", "")
    environment.setenv("HEED_SURVEY_DATABASE_URL_FILE", str(path))
    assert read_all_database_urls(["customer", "survey"], reason="x")["survey"] == "postgresql://db/survey"
    environment.delenv("HEED_SURVEY_DATABASE_URL_FILE")
    with pytest.raises(SettingsError, match=r"^HEED_SURVEY_DATABASE_URL: must be set, because x$"):
        read_all_database_urls(["customer", "survey"], reason="x")


@pytest.mark.parametrize("document", ["docker-compose.yml", "docs/secrets.md"])
def test_compose_passes_each_file_and_the_page_of_secrets_lists_it(document):
    text = (ROOT / document).read_text()
    names = {f"{variable(kind, name)}_FILE" for kind, name in SECRETS}
    assert len(names) > 8
    assert {name for name in names if name not in text} == set()
