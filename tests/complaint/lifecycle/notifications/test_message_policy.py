"""The message policy: defaults, changes, and what is refused."""

import pytest

from heed_common.revisions import parse_if_match
from tests.complaint.factories.correspondence import POLICY, allow_messages, set_message_policy
from tests.entity_tags import revision_of

pytestmark = pytest.mark.asyncio

BAD = [
    ({"progress": {"enabled": True}}, ""),
    ({"progress": {"enabled": True, "after_days": 0}}, "/progress/after_days"),
    ({"progress": {"enabled": True, "after_days": 91}}, "/progress/after_days"),
    ({"decision": {"enabled": True, "after_days": 3}}, ""),
    ({"decision": {"enabled": "yes"}}, "/decision/enabled"),
    ({"decision": {"enabled": True, "channels": []}}, "/decision/channels"),
    ({"decision": {"enabled": True, "channels": ["mail", "mail"]}}, "/decision"),
    ({"decision": {"enabled": True, "channels": ["phone"]}}, "/decision"),
    ({"decision": {"enabled": True, "channels": ["pigeon"]}}, "/decision/channels/0"),
    ({"decision": None}, "/decision"),
    ({"recourse": {"en": "The ombudsman"}}, "/recourse/zh"),
    ({"recourse": {"en": "", "zh": "12315"}}, "/recourse/en"),
    ({"transports": ["mail"]}, "/transports"),
    ({"birthday": {"enabled": True}}, "/birthday"),
]


async def current(client):
    response = await client.get(POLICY)
    return {name: value for name, value in response.json().items() if name != "transports"}, response.headers["etag"]


async def test_messages_about_the_handling_are_on_and_requests_and_closings_off(client):
    body, tag = await current(client)
    enabled = {name for name, settings in body.items() if settings and settings["enabled"]}
    assert (enabled, parse_if_match(tag)) == ({"acknowledgement", "progress", "decision", "remedy", "reply"}, 1)
    assert body["progress"] == {"enabled": True, "channels": ["mail"], "after_days": 3}


async def test_the_policy_shows_over_which_channels_this_installation_can_send(client, complaint_database):
    assert (await client.get(POLICY)).json()["transports"] == []
    await allow_messages(complaint_database)
    response = await client.get(POLICY)
    assert (response.json()["transports"], revision_of(response)) == (["mail"], 1)


async def test_who_changes_the_policy_names_the_version_that_they_have_seen(client):
    body, tag = await current(client)
    assert (await client.put(POLICY, json=body)).status_code == 428
    assert (await client.put(POLICY, json=body, headers={"If-Match": '"7"'})).status_code == 412
    changed = await client.put(POLICY, json=body, headers={"If-Match": tag})
    assert (changed.status_code, changed.headers["etag"]) == (200, '"2"')


async def test_a_change_is_shown_as_it_was_made(client):
    recourse = {"en": "The ombudsman", "zh": "12315"}
    await set_message_policy(client, closed={"enabled": True, "channels": ["sms", "mail"]}, recourse=recourse)
    body, _ = await current(client)
    assert body["closed"] == {"enabled": True, "channels": ["sms", "mail"], "after_days": None}
    assert body["recourse"] == recourse


@pytest.mark.parametrize(("change", "pointer"), BAD)
async def test_a_policy_that_makes_no_sense_is_refused_and_nothing_is_changed(client, change, pointer):
    body, tag = await current(client)
    response = await client.put(POLICY, json=body | change, headers={"If-Match": tag})
    assert (response.status_code, response.json()["errors"][0]["pointer"]) == (422, pointer), response.text
    assert await current(client) == (body, tag)
