"""Limits are checked at the start, against what the process may really open."""

import resource
import subprocess
import sys
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heed_common.errors import HeedError
from heed_common.http.errors import HeedHTTPException
from heed_common.http.limits import (
    DEFAULT_CONNECTIONS,
    OTHER_FILES,
    PROBE_CONNECTIONS,
    BodyLimits,
    ConnectionLimits,
)
from heed_common.http.middleware import Bodies
from heed_common.settings import SettingsError
from tests.common.sample_app import Settings, make_settings

BESIDE = PROBE_CONNECTIONS + OTHER_FILES


@pytest.fixture
def files() -> Iterator[None]:
    """What a test lowers is raised again after it."""
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, before)


def lower_soft(files: int) -> None:
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (files, hard))


def connections(**settings: object) -> int:
    return ConnectionLimits.of_settings(make_settings(**settings)).connections


@pytest.mark.usefixtures("files")
def test_the_soft_limit_of_files_is_raised_as_far_as_the_connections_need():
    lower_soft(512)
    assert connections() == DEFAULT_CONNECTIONS
    assert resource.getrlimit(resource.RLIMIT_NOFILE)[0] == DEFAULT_CONNECTIONS + BESIDE


@pytest.mark.usefixtures("files")
def test_a_larger_soft_limit_stays_as_it_is():
    lower_soft(3000)
    assert connections(max_connections=100) == 100
    assert resource.getrlimit(resource.RLIMIT_NOFILE)[0] == 3000


def test_without_a_wish_there_are_as_many_connections_as_there_are_files_for(hard_limit):
    assert hard_limit("print(ConnectionLimits.of_settings(make_settings()).connections)", files=512) == "224"


def test_more_connections_than_there_are_files_for_are_refused_with_the_numbers(hard_limit):
    output = hard_limit("ConnectionLimits.of_settings(make_settings(max_connections=500))", files=512)
    assert output.startswith(
        "HEED_MAX_CONNECTIONS: 500 connections need 788 open files, this process is limited to 512"
    )
    assert "ulimit -n" in output


def test_too_few_files_for_any_service_are_refused_too(hard_limit):
    assert "HEED_MAX_CONNECTIONS" in hard_limit("ConnectionLimits.of_settings(make_settings())", files=300)


@pytest.fixture
def hard_limit():
    """What a process of few files prints: a hard limit cannot be raised again, so it is another process's."""

    def run(code: str, *, files: int) -> str:
        script = f"""
import resource
from heed_common.http.limits import ConnectionLimits
from heed_common.settings import SettingsError
from tests.common.sample_app import make_settings
resource.setrlimit(resource.RLIMIT_NOFILE, ({files}, {files}))
try:
    {code}
except SettingsError as error:
    print(error)
"""
        done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
        return done.stdout.strip()

    return run


@pytest.mark.parametrize(
    ("name", "value"),
    [("max_connections", "31"), ("header_seconds", "0"), ("body_seconds", "-1"), ("keep_alive_seconds", "x")],
)
def test_a_wrong_limit_is_refused_with_the_name_of_its_variable(monkeypatch, name, value):
    monkeypatch.setenv(f"HEED_{name.upper()}", value)
    with pytest.raises(SettingsError, match=f"HEED_{name.upper()}"):
        Settings.load(database_url="postgresql://nobody@127.0.0.1:1/nothing")


@given(received=st.integers(0, 10**9), waited=st.floats(0, 10**6))
def test_a_body_may_pause_for_its_seconds_and_each_kibibyte_buys_one_more(received, waited):
    patience = BodyLimits().patience(received=received, waited=waited)
    assert patience <= 30
    assert (patience > 0) == (waited < 30 + received / 1024)


def test_bodies_together_take_no_more_memory_than_they_may():
    bodies = Bodies(BodyLimits(memory=100))
    bodies.reserve(60)
    bodies.reserve(40)
    with pytest.raises(HeedHTTPException) as refused:
        bodies.reserve(1)
    assert isinstance(refused.value.error, HeedError)
    assert (refused.value.error.code, refused.value.error.headers) == ("too_many_bodies", {"Retry-After": "1"})
    bodies.release(60)
    bodies.reserve(60)
