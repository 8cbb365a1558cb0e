"""The shop that docs/shop.md builds works as it is shown, with the scopes that the page names."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from heed_client import Heed
from tests.e2e.conftest import Address
from tests.kafka_server import free_port

PAGE = Path(__file__).resolve().parents[2] / "docs" / "shop.md"
SECONDS = 120
ONE_DAY = """
import sys
from datetime import timedelta

prefix = sys.argv[1]
customer, old = f"{prefix}-c1", f"{prefix}-h1"
kettle = {"sku": "kettle", "category": "kitchen", "quantity": "1", "unit_price": "120.00", "unit_cost": "70.00"}


def ago(days):
    return (datetime.now(UTC) - timedelta(days=days)).isoformat()


def as_file(*lines):
    return "\\n".join(map(json.dumps, lines)).encode()


def wait_for(query, expected):
    until = time.monotonic() + 60
    while (found := database().execute(query).fetchall()) != expected:
        assert time.monotonic() < until, (query, found, expected)
        time.sleep(0.1)


bought = {"customer_external_id": customer, "currency": "USD", "lines": [kettle]}
orders = [bought | {"external_id": f"{prefix}-h{n}", "occurred_at": ago(days)} for n, days in enumerate((120, 80, 40))]
complaint = {
    "external_id": f"{prefix}-k0", "customer_external_id": customer, "channel": "web", "category": "delivery",
    "severity": "minor", "description": "It came late.", "occurred_at": ago(70), "received_at": ago(69),
    "transitions": [{"action": "accept", "at": ago(68)}, {"action": "complete", "at": ago(67), "resolution": "Sent"},
                    {"action": "close", "at": ago(60)}],
}
history = {
    "customers": as_file({"external_id": customer, "kind": "individual", "name": "Li Na"}),
    "purchases": as_file(*orders),
    "complaints": as_file(complaint),
}
run(history, survey_delay="PT0S")
sign_up(customer, "Li Na", "li.na@example.com")
sign_up(customer, "Li Na", "li.na@example.com")
place_order(f"{prefix}-o1", customer, [kettle])
place_order(f"{prefix}-o1", customer, [kettle | {"quantity": "2"}])
complain(f"{prefix}-k1", customer, "It leaks.")
wait_for("SELECT count(*) FROM outbox WHERE is_sent", [(3,)])
wait_for("SELECT state FROM complaint WHERE state <> 'closed'", [("received",)])
wait_for("SELECT count(*) > 0 FROM coupon", [(1,)])
shown = back_office(customer)
take_back(f"{prefix}-r1", f"{prefix}-o1", [{"sku": "kettle", "quantity": "1"}], "faulty")
(opened,) = heed.items("/v1/complaints", external_id=f"{prefix}-k1")
for move in ({"action": "accept"}, {"action": "complete", "resolution": "A new kettle"}, {"action": "close"}):
    heed.post(f"/v1/complaints/{opened['id']}/transitions", move)
wait_for(f"SELECT state FROM complaint WHERE id = '{opened['id']}'", [("closed",)])
wait_for("SELECT count(*) FROM outbox WHERE is_sent", [(4,)])
(problem,) = database().execute("SELECT problem FROM outbox WHERE problem IS NOT NULL").fetchone()
until = time.monotonic() + 60
invited = []
while not invited and time.monotonic() < until:
    invited = [
        invitation["customer_id"]
        for survey in heed.items("/v1/surveys", limit=100)
        for invitation in heed.items(f"/v1/surveys/{survey['id']}/invitations", customer_id=opened["customer_id"])
    ]
    time.sleep(0.1)
bad = httpx.post(f"http://127.0.0.1:{os.environ['PORT']}/heed", content=b"{}")
print(json.dumps({"shown": shown, "problem": problem, "invited": invited, "customer": opened["customer_id"],
                  "forged": bad.status_code}))
"""


@pytest.fixture
def as_operator(product: Address) -> Iterator[Heed]:
    """The product is shared: the webhooks and surveys of the shop end with the test."""
    with Heed(product.base_url, product.token) as heed:
        before = {
            path: {item["id"] for item in heed.items(path, limit=100)} for path in ("/v1/webhooks", "/v1/surveys")
        }
        yield heed
        for webhook in heed.items("/v1/webhooks", limit=100):
            if webhook["id"] not in before["/v1/webhooks"]:
                heed.delete(f"/v1/webhooks/{webhook['id']}")
        for survey in heed.items("/v1/surveys", limit=100):
            if survey["id"] not in before["/v1/surveys"]:
                heed.post(f"/v1/surveys/{survey['id']}/close")


@pytest.mark.e2e
@pytest.mark.slow
@pytest.mark.parametrize("product", ["embedded"], indirect=True, scope="session")  # Its webhooks reach this machine.
def test_the_shop_of_the_page_sells_complains_writes_coupons_and_invites(
    product: Address, as_operator: Heed, tmp_path: Path
) -> None:
    page = PAGE.read_text()
    code = "\n".join(re.findall(r"```python\n(.*?)```", page, re.DOTALL))
    scopes = re.findall(r"--scope ([a-z:]+)", page)
    key = as_operator.post("/v1/keys", {"name": "shop", "scopes": scopes})["key"]
    (tmp_path / "shop.py").write_text(code + ONE_DAY)
    environment = {"HEED_URL": product.base_url, "HEED_TOKEN": key, "PORT": str(free_port())}
    done = subprocess.run(
        [sys.executable, "shop.py", uuid4().hex[:8]],
        cwd=tmp_path,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    day = json.loads(done.stdout.splitlines()[-1])
    assert re.match(r"\d+% \((high|critical)\), worth [\d.]+ USD\n\* ", day["shown"])
    assert "external_id_conflict" in day["problem"]
    assert day["invited"] == [day["customer"]]
    assert day["forged"] == 401
