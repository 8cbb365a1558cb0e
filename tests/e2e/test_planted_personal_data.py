"""Names, numbers, addresses and free text that are planted through all services are found only where they belong.

Nowhere in events, dead letters, logs, metrics and problems; and what is encrypted, in no dump of any database either.
"""

from collections.abc import Iterator, Mapping

import httpx
import pytest

from heed.backups import programs
from heed.gateway import SERVICES
from heed.postgres_server import Cluster
from heed.services import LOG_DATABASE
from tests.e2e.planting import (
    ANSWERS,
    ENCRYPTED,
    HEX_BYTEA,
    IMPORTED_NAME,
    NAME,
    PLANTED,
    SENT_PLACES,
    SHARED,
    Product,
    found_in,
    plant,
    readable,
    words,
)
from tests.e2e.product import EmbeddedProduct

pytestmark = [pytest.mark.e2e, pytest.mark.slow]


@pytest.fixture(scope="module")
def product() -> Iterator[Product]:
    embedded = EmbeddedProduct(HEED_INTAKE_MAIL_SECRET=SHARED, HEED_COUNTRY="CN", HEED_LOG_LEVEL="DEBUG")
    try:
        embedded.start()
        headers = {"Authorization": f"Bearer {embedded.token}"}
        with httpx.Client(base_url=embedded.base_url, headers=headers, timeout=40) as http:
            product = Product(embedded, http)
            plant(product)
            yield product
        assert embedded.stop() == 0
    finally:
        embedded.remove()


@pytest.fixture(scope="module")
def dumps(product: Product) -> Mapping[str, str]:
    """The databases as `pg_dump` writes them, ciphertexts and other bytes also as text."""
    cluster, found = Cluster(product.embedded.data_dir / "postgres"), {}
    assert cluster.attach()
    for name in (*SERVICES, LOG_DATABASE):
        target = product.embedded.folder / f"{name}.sql"
        url = cluster.url(name).replace("postgresql+asyncpg", "postgresql")
        programs.run("pg_dump", "--data-only", "--dbname", url, "--file", target)
        text = target.read_text()
        found[name] = text + "\n" + "\n".join(readable(match[1]) for match in HEX_BYTEA.finditer(text))
    return found


def test_no_event_and_no_position_of_the_log_contains_them(dumps):
    assert "heed.complaint.opened.v1" in dumps[LOG_DATABASE]
    assert "heed.response.received.v1" in dumps[LOG_DATABASE]
    assert found_in(dumps[LOG_DATABASE], PLANTED) == {}


def test_no_log_record_contains_them(product):
    output = product.embedded.output
    assert "/v1/customers/{customer_id}/contacts" in output
    assert found_in(output, PLANTED) == {}


def test_no_metric_contains_them(product):
    metrics = product.http.get("/metrics").text
    assert "heed_messages_total" in metrics
    assert found_in(metrics, PLANTED) == {}


def test_no_problem_and_no_error_of_an_import_contains_them(product):
    assert len(product.problems) > 10
    assert found_in("\n".join(product.problems), PLANTED) == {}


@pytest.mark.parametrize("service", SERVICES)
def test_contacts_and_identity_numbers_are_in_no_dump(dumps, service):
    assert "alembic_version" in dumps[service]
    assert found_in(dumps[service], ENCRYPTED) == {}


@pytest.mark.parametrize("service", SERVICES)
def test_texts_of_messages_are_in_no_dump(dumps, service):
    assert found_in(dumps[service], tuple(words(place) for place in SENT_PLACES)) == {}


NO_ANSWERS = tuple(text for text in PLANTED if text not in map(words, ANSWERS))


@pytest.mark.parametrize(("service", "planted"), [("survey", NO_ANSWERS), ("scoring", PLANTED)])
def test_services_that_need_no_names_have_none(dumps, service, planted):
    assert found_in(dumps[service], planted) == {}


def test_the_search_finds_what_is_planted_where_it_may_be(dumps):
    may_be = (NAME, IMPORTED_NAME, words("need"), words("promise"))
    assert found_in(dumps["customer"], may_be).keys() == set(may_be)
    may_be = (words("description"), words("form"), words("resolution"))
    assert found_in(dumps["complaint"], may_be).keys() == set(may_be)
    assert found_in(dumps["survey"], PLANTED).keys() == set(map(words, ANSWERS))


def test_the_pool_and_half_a_form_are_in_the_dump_and_cannot_be_read(dumps):
    for table in ("response_pool", "partial_response"):
        rows = dumps["survey"].partition(f"COPY public.{table} (")[2].partition("\n\\.")[0].splitlines()[1:]
        assert len(rows) == 1
