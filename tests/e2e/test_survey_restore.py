"""The embedded product loses its surveys: backup, restore and replay as an operator runs them."""

import email
import email.policy
import re
import time
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlencode, urlsplit

import httpx
import pytest

from heed.postgres_server import Cluster
from tests.e2e.product import EmbeddedProduct
from tests.survey.collection.browser import HIDDEN
from tests.survey.factories import STUDY, TEXTS, make_item

pytestmark = [pytest.mark.e2e, pytest.mark.slow]
PATIENCE = 120.0
HTML = {"Accept": "text/html"}
LINK = re.compile(r"https?://\S+(/s/[A-Za-z0-9_-]+)")
CONSENT = {"granted": True, "source": "form"}
QUOTAS = [{"name": "all", "when": {"all": []}, "limit": 3}]
ITEMS = [make_item(), {"code": "why", "text": {"en": "Why?", "zh": "为什么？"}, "type": "text"}]
PURCHASE = {
    "occurred_at": "2026-01-05T10:00:00Z", "currency": "USD",
    "lines": [{"sku": "tea", "category": "drinks", "quantity": "2", "unit_price": "30"}],
}  # fmt: skip


@pytest.fixture
def product() -> Iterator[EmbeddedProduct]:
    product = EmbeddedProduct()
    try:
        product.start()
        yield product
    finally:
        product.remove()


class Operator:
    """Calls the API, reads the mails, and runs commands."""

    def __init__(self, product: EmbeddedProduct) -> None:
        self.product = product

    def call(self, method: str, path: str, body: object = None) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self.product.token}"}
        return httpx.request(method, f"{self.product.base_url}{path}", json=body, headers=headers, timeout=60)

    def ok(self, method: str, path: str, body: object = None) -> Any:
        response = self.call(method, path, body)
        assert response.status_code < 300, response.text
        return response.json()

    def customer(self, name: str) -> str:
        """Register a customer who has bought something and may be sent surveys by mail."""
        id_ = str(self.ok("POST", "/v1/customers", {"kind": "individual", "name": name})["id"])
        self.ok("POST", "/v1/purchases", PURCHASE | {"customer_id": id_, "external_id": id_})
        self.ok("POST", f"/v1/customers/{id_}/contacts", {"kind": "mail", "value": f"{name.lower()}@example.com"})
        self.ok("PUT", f"/v1/customers/{id_}/consents/survey/mail", CONSENT)
        return id_

    def link_to(self, name: str) -> str:
        """Wait for the mail to this customer. Return the path of its link."""
        return until(lambda: self._links().get(f"{name.lower()}@example.com"))

    def _links(self) -> dict[str, str]:
        links = {}
        for path in (self.product.data_dir / "mail").rglob("*.eml"):
            mail = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
            body = mail.get_body(("plain",))
            if body is not None and (found := LINK.search(body.get_content())):
                links[str(mail["To"])] = urlsplit(found[0]).path
        return links

    def send_form(self, path: str) -> int:
        """Answer over the link, and return the status of the last page."""
        page = httpx.get(f"{self.product.base_url}{path}", headers=HTML, timeout=60)
        if page.status_code != 200:
            return page.status_code
        fields = [*HIDDEN.findall(page.text), ("action", "next"), ("q.effort", "6"), ("q.why", "Quick")]
        headers = HTML | {"Content-Type": "application/x-www-form-urlencoded"}
        sent = httpx.post(f"{self.product.base_url}{path}", content=urlencode(fields), headers=headers, timeout=60)
        return sent.status_code

    def frame(self) -> list[str]:
        return self.query("SELECT id, purchases FROM customer ORDER BY id").splitlines()

    def query(self, statement: str) -> str:
        """Run a statement in the survey database of the running product."""
        cluster = Cluster(self.product.data_dir / "postgres")
        assert cluster.attach()
        return cluster.query(statement, database="survey")


def until(find: Callable[[], Any]) -> Any:
    deadline = time.monotonic() + PATIENCE
    while not (found := find()):
        assert time.monotonic() < deadline
        time.sleep(0.2)
    return found


def test_surveys_are_restored_with_their_links_and_quotas(product: EmbeddedProduct) -> None:
    desk = Operator(product)
    customers = [desk.customer(name) for name in ("Ana", "Bo", "Cy")]
    survey = desk.ok("POST", "/v1/surveys", {"title": TEXTS, "items": ITEMS, "quotas": QUOTAS, "study": STUDY})["id"]
    desk.ok("POST", f"/v1/surveys/{survey}/publish")
    backup = str(product.folder / "backup")
    print(product.command("backup", "--service", "survey", backup))
    desk.ok("POST", f"/v1/surveys/{survey}/invitations", {"customer_ids": customers[:2]})
    ana, bo = desk.link_to("Ana"), desk.link_to("Bo")
    assert desk.send_form(ana) == 303
    by_phone = {"external_id": "r-1", "customer_id": customers[2], "answers": {"effort": 2, "why": "Slow"}}
    desk.ok("POST", f"/v1/surveys/{survey}/responses", by_phone)
    until(lambda: len(messages(product)) == 2)
    assert product.stop() == 0
    output = product.command("restore", backup)
    print(output)
    product.start()
    assert output.count("recovered  response") == 2
    assert output.count("recovered  invitation") == 2
    found = desk.ok("GET", f"/v1/surveys/{survey}/responses")["items"]
    assert sorted((item["answers"]["effort"], item["recovered"]) for item in found) == [(2, True), (6, True)]
    assert desk.ok("POST", f"/v1/surveys/{survey}/responses", by_phone)["answers"] == by_phone["answers"]
    assert desk.ok("GET", f"/v1/surveys/{survey}/quotas")["quotas"][0]["taken"] == 2
    assert desk.send_form(ana) == 410
    assert desk.send_form(bo) == 303
    full = desk.call("POST", f"/v1/surveys/{survey}/responses", {"answers": {"effort": 1}})
    assert (full.status_code, full.json()["code"]) == (409, "quota_full")
    states = desk.ok("GET", f"/v1/surveys/{survey}/invitations")["items"]
    assert [item["state"] for item in states] == ["answered", "answered"]


def messages(product: EmbeddedProduct) -> list[str]:
    """Return the published events of messages that left for customers."""
    return product.command("events", "tail", "--no-follow", "--type", "message.sent").splitlines()


def test_the_frame_of_an_older_installation_is_filled_beside_the_running_product(product: EmbeddedProduct) -> None:
    desk = Operator(product)
    for name in ("Ana", "Bo", "Cy"):
        desk.customer(name)
    lived = until(lambda: (rows := desk.frame()) and len(rows) == 3 and rows)
    desk.query("DELETE FROM customer")
    print(product.command("replay", "survey-frame", "--dry-run"))
    output = product.command("replay", "survey-frame")
    print(output)
    assert "3 customers in the topics" in output
    assert "added 3, changed 0 customers" in output
    assert desk.frame() == lived
    assert "added 0, changed 0 customers" in product.command("replay", "survey-frame")
    later = desk.customer("Di")
    assert until(lambda: [row for row in desk.frame() if row.startswith(later)])
    assert product.stop() == 0
