"""Messages of an imported complaint: agents and the customer read them in their order, and nothing is sent."""

import pytest
from sqlalchemy import text

from tests.complaint.intake.imports.test_imports import at, make_line, make_move, problems
from tests.complaint.intake.imports.test_lived_and_imported import as_lines, import_lines

pytestmark = pytest.mark.asyncio

QUESTION = {"at": at(15), "author": "customer", "text": "Where is it?"}
REMARK = {"at": at(14), "author": "desk", "text": "Ask the carrier", "visibility": "internal", "by": "ann"}
REPLIED = {"at": at(13), "author": "desk", "text": "On its way"}
WROTE = {"at": at(9), "author": "customer", "text": "Still nothing"}
INVALID = [
    ({"at": at(-3)}, "messages.0.at", "in_the_future"),
    ({"at": at(21)}, "messages.0.at", "out_of_order"),
    ({"visibility": "internal"}, "messages.0", "validation_failed"),
    ({"by": "ann"}, "messages.0", "validation_failed"),
    ({"text": ""}, "messages.0.text", "validation_failed"),
]


async def imported(client, database, clock, *messages, **overrides):
    line = make_line(transitions=[make_move("accept", 18)], messages=list(messages), **overrides)
    report = await import_lines(client, database, clock, as_lines([line, line]))
    assert report["results"] == {"created": 1, "unchanged": 1, "kept": 0, "rejected": 0}
    found = (await client.get("/v1/complaints", params={"external_id": line["external_id"]})).json()["items"]
    return found[0]


async def test_messages_are_read_in_their_order_and_nothing_is_sent(client, complaint_database, clock):
    complaint = await imported(client, complaint_database, clock, WROTE, REPLIED, REMARK, QUESTION)
    listed = (await client.get(f"/v1/complaints/{complaint['id']}/messages")).json()["items"]
    assert [message["text"] for message in listed] == [one["text"] for one in (QUESTION, REMARK, REPLIED, WROTE)]
    assert [(one["author"], one["visibility"], one["by"] or "") for one in listed[:2]] == [
        ("customer", "customer", ""),
        ("desk", "internal", "ann"),
    ]
    assert listed[2]["by"].startswith("import:")
    assert {message["delivery"] for message in listed} == {None}
    history = (await client.get(f"/v1/complaints/{complaint['id']}/history")).json()["items"]
    moments = [entry["at"] for entry in history]
    assert [entry["action"] for entry in history].count("message") == 4
    assert moments == sorted(moments)
    async with complaint_database.transaction() as session:
        assert await session.scalar(text("SELECT count(*) FROM outgoing_message")) == 0
        contents = (await session.scalars(text("SELECT content FROM message"))).all()
    assert not [content for content in contents if b"nothing" in content]


async def test_only_what_no_agent_has_answered_waits_for_an_answer(client, complaint_database, clock):
    answered = await imported(client, complaint_database, clock, QUESTION, REPLIED)
    moved = await imported(client, complaint_database, clock, {**QUESTION, "at": at(19)})
    unanswered = await imported(client, complaint_database, clock, QUESTION, REMARK, WROTE)
    assert [one["customer_wrote_at"] for one in (answered, moved)] == [None, None]
    assert unanswered["customer_wrote_at"].startswith(at(15)[:16])


async def test_a_wrong_message_rejects_its_line_with_its_place(client, complaint_database, clock):
    lines = [make_line(messages=[QUESTION | changes]) for changes, _, _ in INVALID]
    report = await import_lines(client, complaint_database, clock, as_lines(lines))
    assert report["results"]["rejected"] == len(INVALID)
    assert await problems(client, report) == [(line, place, code) for line, (_, place, code) in enumerate(INVALID, 1)]
