"""A customer and the desk who write to each other, as tests need them."""

import json
from datetime import timedelta

from heed_complaint.intake.email.rules import sign
from tests.complaint.factories.complaints import staged_events
from tests.complaint.intake.email.test_receive_mail import JSON, MAIL, SHARED, mail
from tests.complaint.test_api import moved

DAY = timedelta(days=1)
ACCEPT, COMPLETE, CLOSE = {"action": "accept"}, {"action": "complete", "resolution": "Replaced"}, {"action": "close"}
CONTACT = {"action": "contact"}
COMMIT = {"action": "commit", "promise": "A new one", "promised_by": "2026-03-06T12:00:00Z"}
WAIT = {"action": "wait_for_customer", "reason": "Serial number"}
POLICY = "/v1/complaints/callback-policy"


async def deliver_mail(anonymous, clock, number=1, **overrides):
    """Hand over a mail as the gateway does; without changes it opens a complaint."""
    clock.advance(timedelta(seconds=1))
    body = json.dumps(mail(f"<{number}@mail.example>", **overrides)).encode()
    timestamp = str(int(clock.now().timestamp()))
    signature = f"v1={sign(SHARED, timestamp=timestamp, body=body).hex()}"
    signed = {"Heed-Timestamp": timestamp, "Heed-Signature": signature}
    answer = await anonymous.post(MAIL, content=body, headers=JSON | signed)
    assert answer.is_success, answer.text
    return answer.json()


async def events_of(database, complaint_id):
    async with database.transaction() as session:
        return [event for event in await staged_events(session) if event.subject == complaint_id]


async def set_policy(client, **changes):
    known = await client.get(POLICY)
    answer = await client.put(POLICY, json=known.json() | changes, headers={"If-Match": known.headers["etag"]})
    assert answer.status_code == 200, answer.text


class Conversation:
    """A customer and the desk."""

    def __init__(self, client, anonymous, send_mail, opened):
        self.client, self.anonymous, self.send_mail = client, anonymous, send_mail
        self.id, self.link = opened["complaint_id"], opened["status_link"]
        self.path = f"/v1/complaints/{self.id}"

    async def by_mail(self, text="It is 123", number=2, **overrides):
        return await self.send_mail(number, in_reply_to="<1@mail.example>", text=text, **overrides)

    async def over_link(self, text="It is 123", key=None):
        given = {"text": text} | ({"key": key} if key else {})
        answer = await self.anonymous.post(f"{self.link}/messages", json=given)
        assert answer.status_code == 201, answer.text

    async def move(self, *steps):
        return await moved(self.client, {"id": self.id}, *steps)

    async def desk_writes(self, visibility="customer"):
        answer = await self.client.post(f"{self.path}/messages", json={"visibility": visibility, "text": "Thank you"})
        assert answer.status_code == 201, answer.text

    async def shown(self):
        return (await self.client.get(self.path)).json()

    async def page(self):
        return (await self.anonymous.get(self.link, headers={"Accept": "application/json"})).json()

    async def queued(self, **filters):
        page = (await self.client.get("/v1/complaints/queue", params=filters)).json()
        return [(item["complaint"]["id"], item["reason"]) for item in page["items"]]
