"""Operators define playbooks, and agents complete their steps."""

from uuid import UUID, uuid4

import pytest
from sqlalchemy import update

from heed_complaint.core.customers.tables import Customer
from heed_complaint.core.tables import Complaint
from tests.complaint.factories.remedies import make_playbook, make_step
from tests.complaint.test_api import opened
from tests.entity_tags import revision_of

CARD = {"category": "product.calling_card"}
IS_INVALID = {"field": "case.card_data_invalid", "op": "eq", "value": True}
pytestmark = pytest.mark.asyncio


async def put_facts(client, complaint, facts, **headers):
    response = await client.put(f"/v1/complaints/{complaint['id']}/facts", json={"facts": facts}, headers=headers)
    assert response.status_code == 200, response.text
    return response


async def handling(client, complaint, language="en"):
    path = f"/v1/complaints/{complaint['id']}/playbook"
    response = await client.get(path, headers={"Accept-Language": language})
    assert response.status_code == 200, response.text
    return response.json()


async def tick(client, complaint, step, **body):
    return await client.post(f"/v1/complaints/{complaint['id']}/playbook/steps/{step}", json=body)


def due(handling):
    return [step["code"] for step in handling["steps"] if step["applies"] and not step["done"]]


async def test_a_calling_card_with_invalid_data_is_replaced_and_its_data_corrected_afterwards(client):
    complaint = await opened(client, **CARD)
    assert due(await handling(client, complaint)) == []
    await put_facts(client, complaint, {"card_data_invalid": True})
    assert due(await handling(client, complaint)) == ["replace_card", "correct_data"]
    early = await tick(client, complaint, "correct_data")
    assert (early.status_code, early.json()["code"], early.json()["after"]) == (409, "step_too_early", "replace_card")
    given = await client.post(
        f"/v1/complaints/{complaint['id']}/remedies", json={"kind": "replacement", "amount": "8", "cost": "1.20"}
    )
    assert (given.status_code, given.json()["state"], given.json()["playbook"]) == (201, "granted", "calling_card")
    ticked = await tick(client, complaint, "replace_card", note="Card 4711 handed out")
    assert (ticked.status_code, due(ticked.json())) == (200, ["correct_data"])
    assert due((await tick(client, complaint, "correct_data")).json()) == []
    history = (await client.get(f"/v1/complaints/{complaint['id']}/history")).json()["items"]
    steps = [
        (entry["after"]["step"], entry["after"]["done"], entry["note"])
        for entry in history
        if entry["action"] == "step"
    ]
    assert steps == [("replace_card", True, "Card 4711 handed out"), ("correct_data", True, None)]


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({"pin_billed": True, "affected_count": 10}, ["reactivate_batch"]),
        ({"pin_billed": True, "affected_count": 9}, []),
        ({"pin_billed": False, "affected_count": 500}, []),
        ({"expired_months": 3}, ["refer_for_transfer"]),
        ({"expired_months": "2.5"}, ["refer_for_transfer"]),
        ({"expired_months": 4}, []),
        ({"expired_months": 0}, []),
        (
            {"card_data_invalid": True, "pin_billed": True, "affected_count": 40},
            ["replace_card", "correct_data", "reactivate_batch"],
        ),
    ],
)
async def test_facts_of_the_case_decide_which_steps_apply(client, facts, expected):
    complaint = await opened(client, **CARD)
    await put_facts(client, complaint, facts)
    assert due(await handling(client, complaint)) == expected


async def test_a_card_expired_for_up_to_three_months_is_referred_to_the_appointed_place(client):
    complaint = await opened(client, product="calling_card")
    await put_facts(client, complaint, {"expired_months": 2})
    english, chinese = [await handling(client, complaint, language) for language in ("en", "zh")]
    places = {step["code"]: step["refer_to"] for step in english["steps"]}
    assert places["refer_for_transfer"] == "The appointed place, which transfers the balance"
    assert chinese["title"] == "电话卡无法使用"
    assert next(step for step in chinese["steps"] if step["kind"] == "referral")["refer_to"] == "指定地点办理余额转移"
    not_of_the_batch = await tick(client, complaint, "reactivate_batch")
    assert (not_of_the_batch.status_code, not_of_the_batch.json()["code"]) == (409, "step_not_applicable")


async def test_a_completed_step_can_be_undone(client):
    complaint = await opened(client, **CARD)
    await put_facts(client, complaint, {"expired_months": 1})
    await tick(client, complaint, "refer_for_transfer")
    back = (await tick(client, complaint, "refer_for_transfer", done=False, note="Wrong customer")).json()
    step = next(step for step in back["steps"] if step["code"] == "refer_for_transfer")
    assert (step["done"], step["done_by"], step["note"]) == (False, None, "Wrong customer")


async def test_a_complaint_without_a_matching_playbook_is_handled_freely(client):
    complaint = await opened(client)
    response = await client.get(f"/v1/complaints/{complaint['id']}/playbook")
    assert (response.status_code, response.json()["code"]) == (404, "no_playbook")


async def test_the_first_matching_playbook_by_order_applies(client):
    for name, order in (("later", 20), ("sooner", 10)):
        response = await client.put(f"/v1/playbooks/{name}", json=make_playbook(order=order))
        assert (response.status_code, response.headers["ETag"]) == (201, '"1"')
    assert (await handling(client, await opened(client)))["playbook"] == "sooner"
    listed = (await client.get("/v1/playbooks", params={"limit": 2})).json()
    assert [item["name"] for item in listed["items"]] == ["sooner", "later"]
    rest = (await client.get("/v1/playbooks", params={"limit": 2, "cursor": listed["next_cursor"]})).json()
    assert ([item["name"] for item in rest["items"]], rest["next_cursor"]) == (["calling_card"], None)


async def test_a_stale_revision_cannot_overwrite_a_playbook(client):
    path, body = "/v1/playbooks/mine", make_playbook()
    assert (await client.put(path, json=body)).status_code == 201
    assert (await client.put(path, json=body)).status_code == 428
    assert (await client.put(path, json=body, headers={"If-Match": '"7"'})).status_code == 412
    changed = await client.put(path, json=make_playbook(order=11), headers={"If-Match": '"1"'})
    assert (changed.status_code, changed.headers["ETag"]) == (200, '"2"')
    assert (await client.delete(path, headers={"If-Match": '"1"'})).status_code == 412
    assert (await client.delete(path, headers={"If-Match": '"2"'})).status_code == 204
    assert (await client.get(path)).status_code == 404


@pytest.mark.parametrize(
    ("overrides", "code", "pointer"),
    [
        ({"steps": []}, "validation_failed", "/steps"),
        ({"order": "1"}, "validation_failed", "/order"),
        ({"title": {"en": "Only English"}}, "validation_failed", "/title/zh"),
        ({"when": {"field": "complaint.colour", "op": "eq", "value": "red"}}, "condition_invalid", "/when/field"),
        ({"when": {"all": [{"any": [IS_INVALID]}]}}, "condition_invalid", "/when/all/0/any/0/field"),
        ({"steps": [make_step("one", when="always")]}, "condition_invalid", "/steps/0/when"),
        ({"steps": [make_step("one"), make_step("one")]}, "playbook_invalid", "/steps/1/code"),
        ({"steps": [make_step("one", after="two"), make_step("two")]}, "playbook_invalid", "/steps/0/after"),
        ({"steps": [make_step("one", kind="referral")]}, "playbook_invalid", "/steps/0/refer_to"),
        ({"remedies": [{"kind": "refund"}, {"kind": "refund"}]}, "playbook_invalid", "/remedies/1/kind"),
        ({"remedies": [{"kind": "bribe"}]}, "validation_failed", "/remedies/0/kind"),
        ({"remedies": [{"kind": "refund", "limit": "-1"}]}, "validation_failed", "/remedies/0/limit"),
        ({"authorisers": {"scopes": ["everything:write"]}}, "playbook_invalid", "/authorisers/scopes/0"),
        (
            {"facts": [{"name": "expired_months", "kind": "text", "label": {"en": "a", "zh": "b"}}]},
            "fact_declared_otherwise",
            "/facts/0/kind",
        ),
        ({"surprise": 1}, "validation_failed", "/surprise"),
    ],
)
async def test_an_invalid_playbook_is_refused_with_a_pointer(client, overrides, code, pointer):
    response = await client.put("/v1/playbooks/mine", json=make_playbook(**overrides))
    assert (response.status_code, response.json()["code"]) == (422, code)
    assert [error["pointer"] for error in response.json()["errors"]] == [pointer]


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        ({"colour": "red"}, "unknown_fact"),
        ({"card_data_invalid": "yes"}, "fact_invalid"),
        ({"card_data_invalid": None}, "fact_invalid"),
        ({"expired_months": True}, "fact_invalid"),
        ({"expired_months": [1]}, "fact_invalid"),
        ({"Expired": 1}, "validation_failed"),
    ],
)
async def test_undeclared_facts_and_facts_of_another_kind_are_refused(client, facts, code):
    complaint = await opened(client, **CARD)
    response = await client.put(f"/v1/complaints/{complaint['id']}/facts", json={"facts": facts})
    assert (response.status_code, response.json()["code"]) == (422, code)


async def test_agents_do_not_overwrite_each_other_s_facts(client):
    complaint = await opened(client, **CARD)
    assert (await put_facts(client, complaint, {"expired_months": 1})).headers["ETag"] == '"1"'
    path = f"/v1/complaints/{complaint['id']}/facts"
    assert (await client.put(path, json={"facts": {}})).status_code == 428
    assert (await client.put(path, json={"facts": {}}, headers={"If-Match": '"3"'})).status_code == 412
    await put_facts(client, complaint, {"expired_months": 5}, **{"If-Match": '"1"'})
    read = await client.get(path)
    assert (read.json(), revision_of(read)) == ({"facts": {"expired_months": 5}}, 2)
    assert due(await handling(client, complaint)) == []


async def test_no_playbook_can_be_named_limits(client):
    response = await client.put("/v1/playbooks/limits", json=make_playbook(), headers={"If-Match": "*"})
    assert response.status_code == 422
    assert (await client.get("/v1/playbooks/limits")).json()["total"] == "500"


async def test_the_affected_count_of_an_incident_is_counted_until_an_agent_states_it(client, complaint_database):
    complaints = [await opened(client, **CARD) for _ in range(10)]
    incident_id = uuid4()
    async with complaint_database.transaction() as session:
        await session.execute(update(Complaint).values(incident_id=incident_id))
    await put_facts(client, complaints[0], {"pin_billed": True})
    assert due(await handling(client, complaints[0])) == ["reactivate_batch"]
    await put_facts(client, complaints[0], {"pin_billed": True, "affected_count": 2}, **{"If-Match": "*"})
    assert due(await handling(client, complaints[0])) == []


async def test_instructions_are_in_the_agent_s_language_and_texts_in_the_customer_s(client, complaint_database):
    complaint = await opened(client, **CARD)
    async with complaint_database.transaction() as session:
        session.add(Customer(id=UUID(complaint["customer_id"]), language="zh-CN"))
    step = (await handling(client, complaint, "en"))["steps"][0]
    assert (step["do"], step["say"]) == (
        "Replace the card at once.",
        "很抱歉您的卡无法使用，我们马上为您更换一张新卡。",
    )


async def test_versions_and_their_authors_stay_after_a_playbook_is_deleted(client):
    async def history(name):
        return (await client.get(f"/v1/playbooks/{name}/history")).json()["items"]

    path = "/v1/playbooks/mine"
    for order, seen in ((1, {}), (2, {"If-Match": '"1"'}), (2, {"If-Match": '"2"'})):
        await client.put(path, json=make_playbook(order=order), headers=seen)
    await client.delete(path, headers={"If-Match": '"2"'})
    versions = await history("mine")
    assert [version["content"] and version["content"]["order"] for version in versions] == [1, 2, None]
    assert all(version["by"].startswith("key:") for version in versions)
    assert await history("limits") == []
    await client.put("/v1/playbooks/limits", json={"total": "10"}, headers={"If-Match": "*"})
    assert [version["content"]["total"] for version in await history("limits")] == ["10"]
