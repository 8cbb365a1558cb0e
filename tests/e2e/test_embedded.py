"""All of it with one command: it comes up from nothing, ends in order, and loses nothing however it is ended."""

import json
import os
import re
import signal
import stat
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.e2e.product import EmbeddedProduct

pytestmark = [pytest.mark.e2e, pytest.mark.slow]


@pytest.fixture
def product() -> Iterator[EmbeddedProduct]:
    product = EmbeddedProduct()
    try:
        yield product
    finally:
        product.remove()


@pytest.fixture(scope="module")
def running() -> Iterator[EmbeddedProduct]:
    """For tests that leave it as it is."""
    product = EmbeddedProduct()
    try:
        product.start()
        yield product
        assert product.stop() == 0
    finally:
        product.remove()


def _client(product: EmbeddedProduct) -> httpx.Client:
    return httpx.Client(base_url=product.base_url, headers={"Authorization": f"Bearer {product.token}"}, timeout=30)


def _register(product: EmbeddedProduct) -> tuple[str, str]:
    """Return a new customer, and the event of the registration."""
    with _client(product) as client:
        answer = client.post("/v1/customers", json={"kind": "individual", "name": "Li Wei"})
        assert answer.status_code == 201
        return answer.json()["id"], answer.headers["Heed-Event"]


def _score_status(product: EmbeddedProduct, customer_id: str, event_id: str) -> int:
    with _client(product) as client:
        return client.get(
            f"/v1/scores/{customer_id}", params={"after": event_id}, headers={"Prefer": "wait=20"}
        ).status_code


def test_a_second_start_finds_the_data_of_the_first(product):
    product.start(whole=True)
    token, (customer_id, event_id) = product.token, _register(product)
    assert _score_status(product, customer_id, event_id) == 200
    assert product.stop() == 0
    product.start(whole=True)
    assert product.token == token
    assert _score_status(product, customer_id, event_id) == 200
    assert product.stop(signal.SIGINT) == 0


def test_killed_at_any_moment_it_comes_back_with_everything_that_it_answered_for(product):
    product.start()
    registered = []
    for _ in range(2):
        registered.append(_register(product))
        product.kill()
        product.start()
    assert len(registered) == 2
    for customer_id, event_id in registered:
        assert _score_status(product, customer_id, event_id) == 200


def test_a_killed_postgresql_is_started_again_and_nothing_that_was_answered_is_lost(product):
    product.start()
    customer_id, event_id = _register(product)
    killed = product.postgresql_pid()
    os.kill(killed, signal.SIGKILL)
    while product.postgresql_pid() in (None, killed):
        time.sleep(0.05)
    product.wait()
    assert _score_status(product, customer_id, event_id) == 200
    later_id, later_event_id = _register(product)
    assert _score_status(product, later_id, later_event_id) == 200
    assert product.stop() == 0


def _heeds_signals(product, process):
    """Whether the process, and not the system, answers SIGTERM."""
    caught = re.search(r"^SigCgt:\s*(\w+)$", Path(f"/proc/{process.pid}/status").read_text(), re.MULTILINE)
    return bool(int(caught[1], 16) >> (signal.SIGTERM - 1) & 1)


def _makes_its_database(product, process):
    return any((product.data_dir / "postgres").glob("*/PG_VERSION"))


def _has_its_database(product, process):
    return (product.data_dir / "postgres" / "data").exists()


def _until(moment, product, process):
    while not moment(product, process):
        assert process.poll() is None, product.output
        time.sleep(0.005)


@pytest.mark.parametrize("moment", [_makes_its_database, pytest.param(_has_its_database, marks=pytest.mark.repeated)])
def test_killed_while_it_starts_for_the_first_time_it_starts_the_second_time(product, moment):
    with product.launch() as process:
        _until(moment, product, process)
        process.kill()
    product.start()
    assert product.stop() == 0


@pytest.mark.parametrize("moment", [_heeds_signals, pytest.param(_makes_its_database, marks=pytest.mark.repeated)])
def test_stopped_while_it_starts_it_ends_in_order(product, moment):
    with product.launch() as process:
        _until(moment, product, process)
        process.terminate()
        assert process.wait(60) == 0
    assert not (product.data_dir / "postgres" / "data" / "postmaster.pid").exists()


def test_two_at_a_time_on_the_same_data_are_refused_with_a_reason(running):
    with running.launch(HEED_PORT=str(running.port + 1)) as second:
        assert second.wait(60) == 1
    assert "another process uses the data" in running.output
    assert running.is_ready()


def test_a_port_that_is_taken_is_named(running):
    with running.launch() as second:
        assert second.wait(60) == 1
    assert f"cannot listen on 127.0.0.1:{running.port}" in running.output
    assert "HEED_PORT" in running.output


def test_a_wrong_setting_is_refused_by_name(product):
    with product.launch(HEED_CURRENCY="dollars", HEED_PARTITIONS="none") as process:
        assert process.wait(30) == 2
    assert "HEED_CURRENCY" in product.output
    assert "HEED_PARTITIONS" in product.output
    assert "dollars" not in product.output


def test_another_number_of_partitions_is_refused(product):
    product.start()
    product.stop()
    with product.launch(HEED_PARTITIONS="6") as process:
        assert process.wait(30) == 1
    assert "12" in product.output


def test_the_owners_key_is_theirs_alone_and_never_printed(running):
    assert stat.S_IMODE((running.data_dir / "admin.token").stat().st_mode) == 0o600
    assert running.token not in running.output
    with _client(running) as client:
        for path in ("/v1/customers", "/v1/complaints", "/v1/surveys", "/v1/scores"):
            assert client.get(path).status_code == 200
            assert httpx.get(f"{running.base_url}{path}").status_code == 401


def test_one_address_shows_the_documents_of_all_services(running):
    with httpx.Client(base_url=running.base_url, timeout=30) as client:
        paths = client.get("/openapi.json").json()["paths"]
        assert {"/v1/customers", "/v1/complaints", "/v1/surveys", "/v1/scores"} <= paths.keys()
        assert client.get("/docs").status_code == 200
        links = re.findall(r'href="([^"]+)"', client.get("/").text)
        assert len(links) >= 5
        assert [client.get(link).status_code for link in links] == [200] * len(links)
        assert "heed.complaint" in client.get("/asyncapi.json").json()["channels"]
        schema = client.get("/schemas/heed.complaint.opened.v1")
        assert schema.headers["content-type"] == "application/schema+json"
        assert client.get("/schemas/heed.complaint.sung.v1").json()["code"] == "schema_unknown"
        assert client.get("/v1/nothing").json()["code"] == "not_found"
        metrics = client.get("/metrics").text
    for service in ("gateway", "customer", "complaint", "survey", "scoring"):
        assert f'service="{service}"' in metrics


def test_the_owner_reads_along_and_makes_keys_while_it_runs(running):
    customer_id, event_id = _register(running)
    lines = running.command("events", "tail", "--no-follow", "--type", "customer.registered").splitlines()
    assert (customer_id, event_id) in [(event["subject"], event["id"]) for event in map(json.loads, lines)]
    assert running.command("events", "tail", "--no-follow", "--type", "complaint.opened") == ""
    token = running.command("token", "create", "--name", "reader", "--scope", "customers:read")
    with httpx.Client(base_url=running.base_url, headers={"Authorization": f"Bearer {token}"}) as reader:
        assert reader.get("/v1/customers").status_code == 200
        assert reader.get("/v1/complaints").status_code == 403
