"""A mailbox of mails as mail programs, servers and gateways write them, sorted as a person would sort it."""

import json
import re
from datetime import timedelta
from pathlib import Path

import pytest
import pytest_asyncio
from sqlalchemy import text

from tests.common.sample_app import make_client
from tests.complaint.intake.email.mail_gateway import MAIL, make_mail_app, signed

pytestmark = pytest.mark.asyncio

MAILBOX = Path(__file__).parent / "mailbox"
EXPECTED = json.loads((MAILBOX / "expected.json").read_text())
ANSWER_AS = re.compile(rb"\{\{answer_as:([^}]+)\}\}")
ANSWER_AS_IN_CAPITALS = re.compile(rb"\{\{ANSWER_AS\.2:([^}]+)\}\}")
MEDIA_TYPES = {".eml": "message/rfc822", ".json": "application/json"}


@pytest.fixture
def app(complaint_database, clock):
    return make_mail_app(complaint_database, clock, intake_mail_lists="support.shop.example")


@pytest_asyncio.fixture
async def deliver(app, clock):
    """Sign a message as the gateway does; each delivery is a minute later."""
    async with make_client(app) as gateway:

        async def send(content, media_type="message/rfc822"):
            clock.advance(timedelta(minutes=1))
            headers = signed(content, at=clock.now()) | {"Content-Type": media_type}
            return await gateway.post(MAIL, content=content, headers=headers)

        yield send


def read_message(name, results):
    """Return the message with the ids of our own mails filled in, and with the line ends of mail."""
    content = (MAILBOX / name).read_bytes()
    content = ANSWER_AS.sub(lambda found: results[found[1].decode()]["answer_as"].encode(), content)
    content = ANSWER_AS_IN_CAPITALS.sub(
        lambda found: results[found[1].decode()]["answer_as"].replace("@", ".2@").upper().encode(), content
    )
    return content if name.endswith(".json") else content.replace(b"\n", b"\r\n")


async def observe(client, database, result, results):
    """Return the result of a mail in the form of `expected.json`."""
    threads = {other["complaint_id"]: name for name, other in results.items() if other["outcome"] == "opened"}
    complaint_id = result["complaint_id"]
    seen = {"outcome": result["outcome"]}
    if result["outcome"] == "ignored":
        assert (result["answer_as"], result["status_link"]) == (None, None)
        async with database.transaction() as session:
            newest = text("SELECT reason, evidence FROM ignored_mail ORDER BY received_at DESC LIMIT 1")
            row = (await session.execute(newest)).one()
        assert row.reason == result["reason"]
        return seen | {"reason": row.reason, "evidence": row.evidence, "thread": threads.get(complaint_id)}
    if result["outcome"] == "opened":
        complaint = (await client.get(f"/v1/complaints/{complaint_id}")).json()
        contact = (await client.get(f"/v1/complaints/{complaint_id}/contact")).json()
        seen |= {"text": complaint["description"], "name": contact["name"], "address": contact["address"]}
        references = complaint["attachments"]
    else:
        message = (await client.get(f"/v1/complaints/{complaint_id}/messages")).json()["items"][-1]
        seen |= {"thread": threads[complaint_id], "text": message["text"], "visibility": message["visibility"]}
        references = message["attachments"]
    return seen | {"attachments": [[each["name"], each["media_type"]] for each in references]}


async def test_the_mailbox_is_sorted_as_a_person_would_sort_it(client, deliver, complaint_database):
    results, seen = {}, {}
    for name in sorted(EXPECTED):
        answer = await deliver(read_message(name, results), MEDIA_TYPES[Path(name).suffix])
        assert answer.status_code in (200, 201), (name, answer.text)
        results[name] = answer.json()
        seen[name] = await observe(client, complaint_database, results[name], results)
    assert len(seen) >= 60
    assert seen == EXPECTED
    ids = [result["answer_as"] for result in results.values() if result["answer_as"]]
    assert len(set(ids)) == len(ids) > 30
    assert {message_id.partition("@")[2] for message_id in ids} == {"heed.internal"}
