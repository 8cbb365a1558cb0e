"""A customer who calls and is written to: from the look-up to the decision, as a caller and the customer see it."""

import email
import hashlib
import hmac
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import default
from typing import Any, TypeVar

import httpx
import pytest

from tests.e2e.product import EmbeddedProduct

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

SHARED = "the-secret-of-the-mail-gateway-of-this-test"
NUMBER, ADDRESS = "+86 138 0013 8000", "li.na@example.cn"
Found = TypeVar("Found")

PATIENCE_SECONDS = 30.0
"""An idle machine needs less than one; a busy one is given more."""


class Desk:
    """The desk, which calls the product, and its customer, who reads and writes mails."""

    def __init__(self, product: EmbeddedProduct, http: httpx.Client) -> None:
        self.product, self.http = product, http
        self.mails = 0

    def call(self, method: str, path: str, body: Any = None, *, expect: int = 200) -> Any:
        response = self.http.request(method, path, json=body)
        assert response.status_code == expect, response.text
        return response.json()

    def titles(self, path: str) -> list[str]:
        """Return the titles of the customer's timeline in Chinese, newest first."""
        response = self.http.get(f"{path}/timeline", params={"limit": 200}, headers={"Accept-Language": "zh"})
        assert response.is_success, response.text
        return [entry["title"] for entry in response.json()["items"]]

    def mail_with(self, words: str) -> EmailMessage:
        """Return the customer's mail that contains these words, when it has arrived."""
        return wait_for(lambda: next((mail for mail in self._folder() if words in text_of(mail)), None))

    def customer_writes(self, text: str, *, in_reply_to: EmailMessage) -> dict[str, Any]:
        """Deliver the customer's reply as the mail gateway does."""
        self.mails += 1
        mail = EmailMessage()
        mail["From"], mail["To"] = f"Li Na <{ADDRESS}>", "service@heed.example"
        mail["Subject"] = f"Re: {in_reply_to['Subject']}"
        mail["Message-ID"] = f"<reply-{self.mails}@mail.example.cn>"
        mail["In-Reply-To"] = in_reply_to["Message-ID"]
        mail.set_content(text)
        body, timestamp = mail.as_bytes(), str(int(time.time()))
        signature = hmac.digest(SHARED.encode(), timestamp.encode() + b"." + body, hashlib.sha256).hex()
        headers = {"Heed-Timestamp": timestamp, "Heed-Signature": f"v1={signature}", "Content-Type": "message/rfc822"}
        response = self.http.post("/v1/intake/mail", content=body, headers=headers)
        assert response.is_success, response.text
        return dict(response.json())

    def _folder(self) -> Iterator[EmailMessage]:
        for path in sorted((self.product.data_dir / "mail").glob("*.eml")):
            mail = email.message_from_bytes(path.read_bytes(), policy=default)
            assert isinstance(mail, EmailMessage)
            if mail["To"] and ADDRESS in mail["To"]:
                yield mail


def wait_for(find: Callable[[], Found | None]) -> Found:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while (found := find()) is None:
        assert time.monotonic() < deadline, "nothing has arrived"
        time.sleep(0.05)
    return found


def text_of(mail: EmailMessage) -> str:
    body = mail.get_body(("plain",))
    return "" if body is None else " ".join(body.get_content().split())


@pytest.fixture(scope="module")
def desk() -> Iterator[Desk]:
    product = EmbeddedProduct(HEED_INTAKE_MAIL_SECRET=SHARED, HEED_COUNTRY="CN")
    try:
        product.start()
        headers = {"Authorization": f"Bearer {product.token}"}
        with httpx.Client(base_url=product.base_url, headers=headers, timeout=40) as http:
            yield Desk(product, http)
        assert product.stop() == 0
    finally:
        product.remove()


def test_a_customer_who_calls_is_acknowledged_answers_by_mail_and_reads_the_decision(desk):
    customer = desk.call("POST", "/v1/customers", {"kind": "individual", "name": "Li Na", "language": "en"}, expect=201)
    contacts = f"/v1/customers/{customer['id']}/contacts"
    desk.call("POST", contacts, {"kind": "phone", "value": NUMBER}, expect=201)
    desk.call("POST", contacts, {"kind": "mail", "value": ADDRESS}, expect=201)

    # A call comes in: the look-up shows who it is.
    (match,) = desk.call("POST", "/v1/customers:lookup", {"phone": "138 0013 8000"})["items"]
    assert match["customer"]["id"] == customer["id"]

    # The complaint is recorded, and acknowledged at once.
    complaint = open_complaint(desk, customer["id"])
    began = time.monotonic()
    acknowledgement = desk.mail_with("thank you for turning to us")
    seconds = time.monotonic() - began
    print(f"acknowledged after {seconds:.2f} s")
    assert seconds < PATIENCE_SECONDS
    wait_for(lambda: milestone_is(desk, complaint, "acknowledgement", "met"))

    # The customer's answer by mail reaches the complaint, as the customer's own words.
    reply = desk.customer_writes("The serial number is 123.", in_reply_to=acknowledgement)
    assert (reply["outcome"], reply["complaint_id"]) == ("answered", complaint["id"])
    messages = desk.call("GET", f"/v1/complaints/{complaint['id']}/messages")["items"]
    assert [(each["author"], each["visibility"]) for each in messages] == [
        ("desk", "customer"),
        ("customer", "customer"),
    ]
    assert desk.call("GET", f"/v1/complaints/{complaint['id']}")["customer_wrote_at"] is not None

    # The decision goes out with its reason, in the thread of the customer's mail.
    for step in ({"action": "accept"}, {"action": "complete", "resolution": "A new kettle is on its way."}):
        desk.call("POST", f"/v1/complaints/{complaint['id']}/transitions", step)
    decision = desk.mail_with("A new kettle is on its way.")
    assert decision["In-Reply-To"] == "<reply-1@mail.example.cn>"
    wait_for(lambda: delivered(desk, complaint, "decision"))

    # The answer "no" opens it again, as the decision has promised.
    desk.customer_writes("No, it has not arrived.", in_reply_to=decision)
    assert desk.call("GET", f"/v1/complaints/{complaint['id']}")["state"] == "accepted"


def test_the_timeline_shows_it_in_chinese_and_an_opt_out_ends_promotion(desk):
    customer = desk.call("POST", "/v1/customers", {"kind": "individual", "name": "王芳", "language": "zh"}, expect=201)
    path = f"/v1/customers/{customer['id']}"
    desk.call("POST", f"{path}/contacts", {"kind": "mail", "value": "wang.fang@example.cn"}, expect=201)
    promotion = {"customer_id": customer["id"], "purpose": "marketing", "channels": ["mail"]}
    assert desk.call("POST", "/v1/contacts:permit", promotion)["reason"] == "no_consent"
    desk.call("PUT", f"{path}/consents/marketing/mail", {"granted": True, "source": "shop"})
    permit = desk.call("POST", "/v1/contacts:permit", promotion)
    assert (permit["allowed"], permit["address"]) == (True, "wang.fang@example.cn")

    # The customer service learns of complaints from events: a moment after the complaint service has answered.
    complaint = open_complaint(desk, customer["id"])
    wait_for(lambda: open_complaints(desk, "wang.fang@example.cn") == 1 or None)
    assert desk.call("POST", "/v1/contacts:permit", promotion)["reason"] == "complaint_open"
    for step in ({"action": "accept"}, {"action": "complete", "resolution": "已更换。"}, {"action": "close"}):
        desk.call("POST", f"/v1/complaints/{complaint['id']}/transitions", step)
    wait_for(lambda: open_complaints(desk, "wang.fang@example.cn") == 0 or None)

    # The customer's own page, and its one button, without a token of ours.
    with httpx.Client(base_url=desk.product.base_url) as customers_browser:
        page = customers_browser.get(permit["preferences_url"], headers={"Accept-Language": "zh"})
        assert (page.status_code, "<script" in page.text) == (200, False)
        done = customers_browser.post(permit["unsubscribe_url"], data={"List-Unsubscribe": "One-Click"})
        assert done.is_success, done.text
    assert desk.call("POST", "/v1/contacts:permit", promotion)["reason"] == "opted_out"

    expected = ["客户已登记", "电子邮箱已添加", "投诉已提交：产品，轻微", "投诉已受理", "投诉：处理完成", "投诉已关闭"]
    titles = wait_for(lambda: all_of(desk.titles(path), expected))
    assert [title for title in reversed(titles) if title in expected] == expected
    wait_for(
        lambda: all_of(desk.titles(path), ["已发送消息（电子邮件）：受理确认", "已发送消息（电子邮件）：处理决定"])
    )


def all_of(found: list[str], expected: list[str]) -> list[str] | None:
    return found if set(expected) <= set(found) else None


def open_complaint(desk: Desk, customer_id: str) -> dict[str, Any]:
    body = {
        "customer_id": customer_id,
        "channel": "phone",
        "category": "product",
        "severity": "minor",
        "description": "The kettle leaks",
        "occurred_at": datetime.now(UTC).isoformat(),
    }
    return dict(desk.call("POST", "/v1/complaints", body, expect=201))


def open_complaints(desk: Desk, mail: str) -> int:
    (match,) = desk.call("POST", "/v1/customers:lookup", {"mail": mail})["items"]
    return int(match["open_complaints"])


def milestone_is(desk: Desk, complaint: dict[str, Any], milestone: str, state: str) -> bool | None:
    clocks = desk.call("GET", f"/v1/complaints/{complaint['id']}")["sla"]
    return any(clock["milestone"] == milestone and clock["state"] == state for clock in clocks) or None


def delivered(desk: Desk, complaint: dict[str, Any], kind: str) -> bool | None:
    messages = desk.call("GET", f"/v1/complaints/{complaint['id']}/messages")["items"]
    deliveries = [message["delivery"] for message in messages if message["delivery"]]
    return any(each["kind"] == kind and each["state"] == "sent" for each in deliveries) or None
