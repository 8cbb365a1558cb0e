"""Personal data and free text, planted through all services as callers, customers and their mistakes do."""

import base64
import gzip
import hashlib
import hmac
import json
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import httpx

from tests.e2e.product import EmbeddedProduct
from tests.e2e.test_dead_letters import put_rubbish
from tests.survey.collection.browser import HIDDEN, HTML
from tests.survey.factories import STUDY

SHARED = "the-secret-of-the-mail-gateway-of-this-test"
PATIENCE_SECONDS = 60.0
NAME, PERSON = "Zacharias Quillfeather", "欧阳瑾瑜"
PHONE, PHONE_NATIONAL = "+86 139 5566 7788", "139 5566 7788"
MAIL, FORM_MAIL, GATEWAY_MAIL = (
    "Zacharias.Q@Planted.Example",
    "form.writer@planted.example",
    "mail.writer@planted.example",
)
ID_NUMBER = "11010519491231002X"
IMPORTED_PHONE, IMPORTED_MAIL, IMPORTED_NAME = (
    "+86 137 1122 3344",
    "obrackenbury@planted.example",
    "Ottoline Brackenbury",
)
ENCRYPTED = (PHONE, PHONE_NATIONAL, MAIL, FORM_MAIL, GATEWAY_MAIL, ID_NUMBER, IMPORTED_PHONE, IMPORTED_MAIL)
MIN_DIGITS = 8
HEX_BYTEA = re.compile(r"\\\\x([0-9a-f]+)")


def words(place: str) -> str:
    """Return free text that names where it was planted."""
    return f"Heron at {place} quarrels with nightingale"


PLACES = (
    *("note", "need", "promise", "quote", "consent", "proof", "description", "resolution", "commitment", "remedy"),
    *("form", "mail", "message", "internal", "reply", "response", "handover", "profile", "reason", "tag"),
    *("answer", "page", "half a page", "line of a file", "pool"),
)
ANSWERS = ("answer", "page", "line of a file")
"""Where text is stored as an answer to a survey."""
SENT_PLACES = ("message", "internal", "reply", "proof", "note")
"""Where text is encrypted in the database."""


def variants(planted: str) -> set[str]:
    """Return the text and its normal forms, as they may be written in JSON, URLs and bytes."""
    forms = {planted, planted.lower(), planted.upper(), planted.replace(" ", ""), planted.lower().replace(" ", "")}
    digits = re.sub(r"\D", "", planted)
    if len(digits) >= MIN_DIGITS:
        forms |= {digits, f"+{digits}"}
    if "@" in planted:
        forms.add(planted.partition("@")[0].lower())
    forms |= {json.dumps(form)[1:-1] for form in forms} | {quote(form) for form in forms}
    return forms | {base64.b64encode(form.encode()).decode().rstrip("=") for form in forms}


@dataclass
class Product:
    """The product with a caller whose problems are recorded."""

    embedded: EmbeddedProduct
    http: httpx.Client
    problems: list[str] = field(default_factory=list)

    def call(self, method: str, path: str, body: Any = None, *, expect: int = 201, **options: Any) -> Any:
        if body is not None:
            options["json"] = body
        response = self.http.request(method, path, **options)
        if response.is_error:
            self.problems.append(f"{response.headers}\n{response.text}")
        assert response.status_code == expect, f"{path}: {response.text}"
        return response.json() if response.content else None

    def wait(self, condition: Callable[[], object]) -> None:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not condition():
            assert time.monotonic() < deadline, "nothing has arrived"
            time.sleep(0.1)


def plant(product: Product) -> None:
    """Walk through all services, and make every mistake that repeats something."""
    customer_id = plant_customer(product)
    plant_import(product)
    complaint_id = plant_complaint(product, customer_id)
    plant_by_form_and_mail(product)
    plant_responses(product, customer_id)
    plant_mistakes(product, customer_id, complaint_id)
    put_rubbish(product.embedded, 1)
    product.wait(lambda: dead_letters(product))
    product.wait(lambda: mails_to(product, FORM_MAIL) and mails_to(product, GATEWAY_MAIL))
    product.wait(lambda: all_published(product))


def plant_customer(product: Product) -> str:
    body = {"kind": "individual", "name": NAME, "external_id": "shop-1", "language": "en", "region": "CN"}
    customer_id: str = product.call("POST", "/v1/customers", body)["id"]
    path = f"/v1/customers/{customer_id}"
    phone = product.call("POST", f"{path}/contacts", {"kind": "phone", "value": PHONE, "label": words("note")})
    product.call("POST", f"{path}/contacts", {"kind": "mail", "value": MAIL})
    product.call("POST", f"{path}/contacts/{phone['id']}:send-code", expect=202)
    for purpose, channel in (("marketing", "mail"), ("sensitive", "post")):
        consent = {"granted": True, "source": words("consent"), "proof": words("proof")}
        product.call("PUT", f"{path}/consents/{purpose}/{channel}", consent, expect=200)
    profile = {"id_number": ID_NUMBER, "nickname": words("profile")}
    product.call("PUT", f"{path}/profile/basics", profile, expect=200, headers={"If-Match": "*"})
    need = {"description": words("need"), "kind": "explicit", "source": "call", "confidence": 0.5}
    product.call("POST", f"{path}/needs", need)
    due = (datetime.now(UTC) + timedelta(days=2)).isoformat()
    product.call("POST", f"{path}/promises", {"description": words("promise"), "due_at": due, "made_to": PERSON})
    quote_body = {"product": "kettle", "price": "10.00", "currency": "USD", "note": words("quote")}
    product.call("POST", f"{path}/quotes", quote_body)
    product.call("POST", f"{path}/hand-over", {"owner": "ann", "note": words("handover")}, expect=200)
    lookup = product.call("POST", "/v1/customers:lookup", {"phone": PHONE_NATIONAL}, expect=200)
    assert [match["customer"]["id"] for match in lookup["items"]] == [customer_id]
    product.call("POST", "/v1/customers:lookup", {"id_number": ID_NUMBER}, expect=200)
    return customer_id


def plant_import(product: Product) -> None:
    """Import a file of which each second line is wrong."""
    lines = [
        "external_id,kind,name,phone,mail",
        f"shop-2,individual,{IMPORTED_NAME},{IMPORTED_PHONE},{IMPORTED_MAIL}",
        f"shop-3,{IMPORTED_NAME},{IMPORTED_NAME},{IMPORTED_PHONE},{IMPORTED_MAIL}",
    ]
    headers = {"Content-Type": "text/csv"}
    started = product.call("POST", "/v1/imports/customers", expect=202, content="\n".join(lines), headers=headers)
    path = f"/v1/imports/customers/{started['id']}"
    product.wait(lambda: product.call("GET", path, expect=200)["state"] == "done")
    errors = product.http.get(f"{path}/errors")
    assert errors.json()["items"]
    product.problems.append(errors.text)


def plant_complaint(product: Product, customer_id: str) -> str:
    now = datetime.now(UTC)
    body = {
        "customer_id": customer_id,
        "channel": "phone",
        "category": "product",
        "severity": "minor",
        "description": words("description"),
        "occurred_at": now.isoformat(),
    }
    complaint_id: str = product.call("POST", "/v1/complaints", body)["id"]
    path = f"/v1/complaints/{complaint_id}"
    for visibility in ("internal", "customer"):
        place = "internal" if visibility == "internal" else "message"
        product.call("POST", f"{path}/messages", {"visibility": visibility, "text": words(place)})
    promised_by = (now + timedelta(hours=6)).isoformat()
    product.call("POST", f"{path}/remedies", {"kind": "apology", "note": words("remedy")})
    for step in (
        {"action": "accept"},
        {"action": "contact", "answered_live": True},
        {"action": "commit", "promise": words("commitment"), "promised_by": promised_by},
        {"action": "complete", "resolution": words("resolution")},
    ):
        product.call("POST", f"{path}/transitions", step, expect=200)
    product.wait(lambda: len(mails_to(product, MAIL.lower())) >= 3)
    return complaint_id


def plant_by_form_and_mail(product: Product) -> None:
    form = {"category": "product", "description": words("form"), "name": PERSON, "contact": FORM_MAIL}
    product.call("POST", "/v1/intake/form", form)
    opened = deliver_mail(product, words("mail"), message_id="<first@planted.example>")
    assert opened["outcome"] == "opened"
    answered = deliver_mail(
        product, words("reply"), message_id="<second@planted.example>", in_reply_to="<first@planted.example>"
    )
    assert (answered["outcome"], answered["complaint_id"]) == ("answered", opened["complaint_id"])


def deliver_mail(product: Product, text: str, *, message_id: str, in_reply_to: str | None = None) -> Any:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = f"{NAME} <{GATEWAY_MAIL}>", "service@heed.example", "Kettle"
    mail["Message-ID"] = message_id
    if in_reply_to is not None:
        mail["In-Reply-To"] = in_reply_to
    mail.set_content(text)
    body, timestamp = mail.as_bytes(), str(int(time.time()))
    signature = hmac.digest(SHARED.encode(), timestamp.encode() + b"." + body, hashlib.sha256).hex()
    headers = {"Heed-Timestamp": timestamp, "Heed-Signature": f"v1={signature}", "Content-Type": "message/rfc822"}
    response = product.http.post("/v1/intake/mail", content=body, headers=headers)
    assert response.is_success, response.text
    return response.json()


def plant_responses(product: Product, customer_id: str) -> None:
    """Write texts into a survey by the API, on the form, half-way on the form, in a file, and anonymously."""
    path = publish_survey(product)
    product.call("POST", f"{path}/responses", {"customer_id": customer_id, "answers": answers_with("answer")})
    for place in ("page", "half a page"):
        fill_in(product, path, words(place), is_sent=place == "page")
    lines = ["overall,why", f"2,{words('line of a file')}", f"{words('line of a file')},{words('line of a file')}"]
    csv = {"content": "\n".join(lines), "headers": {"Content-Type": "text/csv"}}
    started = product.call("POST", f"/v1/imports/responses?survey_id={path.rpartition('/')[2]}", expect=202, **csv)
    imported = f"/v1/imports/responses/{started['id']}"
    product.wait(lambda: product.call("GET", imported, expect=200)["state"] == "done")
    errors = product.http.get(f"{imported}/errors")
    assert errors.json()["items"]
    product.problems.append(errors.text)
    path = publish_survey(product, anonymous=True, study=STUDY)
    product.call("POST", f"{path}/responses", {"answers": answers_with("pool")})


def publish_survey(product: Product, **settings: Any) -> str:
    """Return the path of a survey with a question that is answered by a text on its second page."""
    scale = {"code": "overall", "text": {"en": "How was it?"}, "scale": {"lowest": 1, "highest": 5}}
    texts = [{"code": code, "text": {"en": code}, "type": "text"} for code in ("why", "else")]
    sections = [{"items": [scale | {"measure": "satisfaction", "required": True}, texts[0]]}, {"items": texts[1:]}]
    survey = product.call("POST", "/v1/surveys", {"title": {"en": "Visit"}, "sections": sections} | settings)
    product.call("POST", f"/v1/surveys/{survey['id']}/publish", {}, expect=200)
    return f"/v1/surveys/{survey['id']}"


def answers_with(place: str) -> dict[str, Any]:
    return {"overall": 2, "why": words(place)}


def fill_in(product: Product, path: str, text: str, *, is_sent: bool) -> None:
    """Fill in the first page of the form behind an open link, and perhaps the second."""
    link = product.call("POST", f"{path}/open-links", {"service_point_id": "shop-7"})
    pages: list[dict[str, str]] = [{"q.overall": "9", "q.why": text}, {"q.overall": "2", "q.why": text}]
    pages += [{"q.else": text}] if is_sent else []
    headers = HTML | {"Content-Type": "application/x-www-form-urlencoded"}
    with httpx.Client(base_url=product.embedded.base_url, follow_redirects=True, headers=headers) as browser:
        page = browser.get(urlsplit(link["url"]).path)
        for fields in pages:
            address = urlsplit(str(page.url)).path
            sent = [*HIDDEN.findall(page.text), ("action", "next"), *fields.items()]
            page = browser.post(address, content=urlencode(sent))
    assert page.url.path.endswith("/thank-you") == is_sent, page.text


def plant_mistakes(product: Product, customer_id: str, complaint_id: str) -> None:
    """Send personal data where they are wrong: unknown fields, wrong types, taken ids, paths and queries."""
    path, survey = f"/v1/customers/{customer_id}", publish_survey(product)
    mistakes: list[tuple[str, str, Any]] = [
        ("POST", "/v1/customers", {"kind": NAME, "name": NAME}),
        ("POST", "/v1/customers", {"kind": "individual", "name": NAME, PHONE: MAIL}),
        ("POST", "/v1/customers", {"kind": "individual", "name": IMPORTED_NAME, "external_id": "shop-1"}),
        ("POST", f"{path}/contacts", {"kind": PHONE, "value": MAIL}),
        ("POST", f"{path}/promises", {"description": words("promise"), "due_at": PHONE}),
        ("PUT", f"{path}/profile/basics", {"birth_date": ID_NUMBER}),
        ("PUT", f"{path}/profile/basics", {ID_NUMBER: ID_NUMBER}),
        ("PUT", f"{path}/consents/{quote(NAME)}/mail", {"granted": True, "source": words("consent")}),
        ("POST", "/v1/customers:lookup", {"phone": PHONE, "mail": MAIL}),
        ("POST", "/v1/contacts:permit", {"customer_id": MAIL, "purpose": "service", "channels": ["mail"]}),
        ("POST", "/v1/complaints", {"customer_id": PHONE, "description": words("description")}),
        ("POST", f"/v1/complaints/{complaint_id}/messages", {"visibility": words("message"), "text": words("message")}),
        ("POST", f"/v1/complaints/{complaint_id}/transitions", {"action": words("reason")}),
        ("POST", "/v1/intake/form", {"category": words("form"), "description": words("form"), "contact": FORM_MAIL}),
        ("POST", "/v1/surveys", {"template": words("response")}),
        ("POST", f"{survey}/responses", {"answers": {"overall": words("answer")}}),
        ("POST", f"{survey}/responses", {"answers": {words("answer"): 1}}),
        ("POST", f"{survey}/responses", {"answers": {"overall": 2, "why": words("answer") * 400}}),
        ("POST", f"{survey}/responses", {"answers": answers_with("answer"), "interviewer": words("answer") * 40}),
        ("GET", f"/s/{quote(words('page'))}", None),
        ("GET", f"/v1/customers?phone={quote(PHONE)}", None),
        ("GET", f"/v1/customers/{quote(MAIL)}", None),
        ("GET", f"/v1/scores/{quote(NAME)}", None),
        ("PUT", f"{path}/tags/{quote(words('tag') * 20)}", {}),
    ]
    for method, target, body in mistakes:
        response = product.http.request(method, target, json=body)
        assert response.is_client_error, f"{method} {target}: {response.status_code}"
        product.problems.append(f"{response.headers}\n{response.text}")


def dead_letters(product: Product) -> Any:
    return product.http.get("/v1/admin/dead-letters", params={"service": "scoring"}).json()["items"]


def mails_to(product: Product, address: str) -> list[str]:
    found = (path.read_text() for path in sorted((product.embedded.data_dir / "mail").glob("*.eml")))
    return [mail for mail in found if f"To: {address}" in mail]


def all_published(product: Product) -> bool:
    """Return whether every event has reached the log and every service."""
    lines = product.http.get("/metrics").text.splitlines()
    waiting = [line for line in lines if line.startswith(("heed_outbox_depth", "heed_consumer_lag"))]
    return bool(waiting) and all(float(line.rpartition(" ")[2]) == 0 for line in waiting)


def readable(digits: str) -> str:
    """Return the bytes as text; compressed ones as they were before."""
    raw = bytes.fromhex(digits)
    if raw.startswith(b"\x1f\x8b"):
        raw = gzip.decompress(raw)
    return raw.decode("utf-8", errors="replace")


def found_in(haystack: str, planted: tuple[str, ...]) -> dict[str, str]:
    """Return each planted text that is found, with what is around it."""
    found = {}
    for text in planted:
        for form in sorted(variants(text)):
            if (position := haystack.find(form)) >= 0:
                found[text] = haystack[max(position - 80, 0) : position + 80]
    return found


PLANTED = (NAME, PERSON, IMPORTED_NAME, *ENCRYPTED, *(words(place) for place in PLACES))
