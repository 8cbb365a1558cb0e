"""Decisions of the operator survive a restart: a start adds what is missing and reverts nothing."""

from collections.abc import Iterator

import asyncpg
import httpx
import pytest

from heed.postgres_server import Cluster
from tests.e2e.product import EmbeddedProduct

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

READ = (
    "/v1/taxonomies/category?all=true",
    "/v1/sla/calendars/office",
    "/v1/sla/policies",
    "/v1/complaints/queues",
    "/v1/complaints/desk",
    "/v1/intake/articles",
    "/v1/playbooks",
    "/v1/playbooks/limits",
    "/v1/guarantees",
    "/v1/surveys",
)
"""What a fresh product brings, and what its operator changes."""


@pytest.fixture
def product() -> Iterator[EmbeddedProduct]:
    product = EmbeddedProduct()
    try:
        product.start()
        yield product
        assert product.stop() == 0
    finally:
        product.remove()


@pytest.fixture
def other_key(product: EmbeddedProduct) -> str:
    """A key that no file holds: the owner's is revoked and rotated here."""
    return product.command("token", "create", "--name", "operator")


def connect(product: EmbeddedProduct, key: str) -> httpx.Client:
    return httpx.Client(base_url=product.base_url, headers={"Authorization": f"Bearer {key}"}, timeout=30)


def status(product: EmbeddedProduct, key: str) -> int:
    with connect(product, key) as client:
        return client.get("/v1/customers").status_code


def decide(client: httpx.Client) -> None:
    """Changes one thing of each kind that a fresh product brings."""

    def put(path: str, body: dict[str, object]) -> None:
        answer = client.put(path, json=body, headers={"If-Match": client.get(path).headers["ETag"]})
        assert answer.status_code == 200, answer.text

    terms = client.get("/v1/taxonomies/category", params={"all": True}).json()["terms"]
    names = ("code", "en", "zh", "parent", "retired")
    changed = [{name: term[name] for name in names} for term in terms]
    changed[0] |= {"retired": True, "en": "In our own words"}
    put("/v1/taxonomies/category", {"terms": changed})
    put("/v1/sla/calendars/office", {"time_zone": "Asia/Shanghai", "hours": {"mon": [["10:00", "12:00"]]}})
    put("/v1/complaints/queues/general", {"label": "Everything", "place": 5})
    for path in ("/v1/playbooks", "/v1/sla/policies"):
        first = client.get(path).json()["items"][0]["name"]
        gone = client.delete(f"{path}/{first}", headers={"If-Match": client.get(f"{path}/{first}").headers["ETag"]})
        assert gone.status_code == 204, gone.text


def read(client: httpx.Client) -> dict[str, object]:
    answers = {path: client.get(path) for path in READ}
    assert {path: answer.status_code for path, answer in answers.items()} == dict.fromkeys(READ, 200)
    return {path: answer.json() for path, answer in answers.items()}


async def change_retention(product: EmbeddedProduct, change: str) -> int:
    """Execute the statement in the embedded log and return the retention of a topic."""
    cluster = Cluster(product.data_dir / "postgres")
    assert cluster.attach()
    connection = await asyncpg.connect(cluster.url("log"))
    try:
        await connection.execute(change)
        return int(await connection.fetchval("SELECT retention_ms FROM log_topic WHERE topic = 'heed.scoring'"))
    finally:
        await connection.close()


@pytest.mark.asyncio
async def test_changes_of_the_operator_survive_a_restart(product: EmbeddedProduct) -> None:
    raise_it = "UPDATE log_topic SET retention_ms = -1 WHERE topic = 'heed.scoring'"
    with connect(product, product.token) as client:
        fresh = read(client)
        decide(client)
        decided = read(client)
    assert {path for path in READ if fresh[path] != decided[path]} >= {
        "/v1/taxonomies/category?all=true",
        "/v1/sla/calendars/office",
        "/v1/sla/policies",
        "/v1/complaints/queues",
        "/v1/playbooks",
    }
    assert await change_retention(product, raise_it) == -1
    product.stop()
    product.start()
    with connect(product, product.token) as client:
        assert read(client) == decided
    assert await change_retention(product, "SELECT 1") == -1


def test_a_revoked_key_stays_revoked_after_a_restart_and_the_owner_is_shown_what_to_do(
    product: EmbeddedProduct, other_key: str
) -> None:
    key = product.token
    assert status(product, key) == 200
    product.command("token", "revoke", key.split("_")[1])
    product.stop()
    product.start()
    assert status(product, key) == 401
    assert status(product, other_key) == 200
    assert "heed token create --admin-file" in product.output
    product.command("token", "create", "--admin-file")
    assert status(product, product.token) == 200
    assert status(product, key) == 401


def test_a_rotated_key_stays_rotated_after_a_restart_and_the_file_has_the_new_one(product: EmbeddedProduct) -> None:
    old = product.token
    new = product.command("token", "rotate", old.split("_")[1])
    assert product.token == new != old
    product.stop()
    product.start()
    assert (status(product, new), status(product, old)) == (200, 401)


def test_the_doctor_finds_a_running_product_and_a_stopped_one_well(product: EmbeddedProduct) -> None:
    beside = product.command("doctor")
    assert f"It is ready on {product.base_url}." in beside
    assert "problem" not in beside
    product.stop()
    alone = product.command("doctor")
    assert "It is not running." in alone
    assert "problem" not in alone
    product.start()
