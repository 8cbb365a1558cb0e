"""Without the scope no response of scoring reveals a confidential complaint; its effect on the numbers stays."""

from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
import pytest_asyncio
from hypothesis import given
from hypothesis import strategies as st

from heed_common.auth.scopes import SCOPES
from heed_common.contracts.complaint import ComplaintAccepted, ComplaintAmended, ComplaintStatus
from heed_scoring import handlers
from heed_scoring.scores import score_document
from heed_scoring.scores.confidentiality.rules import OTHER, Ids, redact, referenced_ids
from heed_scoring.scores.score_document import TIME_PASSED
from tests.common.sample_app import make_client, make_token
from tests.examples import examples
from tests.scoring.engine.test_score import FITTED
from tests.scoring.factories import (
    NOON,
    make_complaint,
    make_interaction,
    make_merge,
    make_purchase,
    make_remedy,
    make_unmerge,
    received,
)
from tests.scoring.ledger.test_facts import CUSTOMER, ledgers
from tests.scoring.scores.test_score_document import statement_of

SEE = "complaints:confidential:read"
DAY = NOON - timedelta(days=17)
"""On no other day does anything happen."""
WORDS = (DAY.date().isoformat(), "major, ", "major complaint", '"open_complaint"', "complaint is open", "remedies")


@pytest_asyncio.fixture
async def outsider(app, resources):
    """May do everything but see confidential complaints."""
    scopes = SCOPES - {SEE, "complaints:confidential:write"}
    token = await make_token(resources.database, now=resources.clock.now(), scopes=scopes)
    async with make_client(app, token) as client:
        yield client


async def take_in(resources, *batch):
    async with resources.database.transaction() as session:
        await handlers.process_batch(session, list(batch), clock=resources.clock)
    resources.clock.advance(timedelta(minutes=1))


def about(customer_id, complaint_id, **overrides):
    """The state of a complaint of that day, as events of all kinds carry it."""
    fixed = {"complaint_id": complaint_id, "opened_at": DAY, "received_at": DAY, "category": "billing"}
    return {"customer_id": customer_id, "confidential": True} | fixed | overrides


def bought(customer_id):
    return [received(make_purchase(customer_id, days_ago=ago)) for ago in (200, 100, 40)]


async def planted(resources, customer_id, complaint_id, **overrides):
    """A customer whose confidential complaint is open, was handled at some cost, and was made up for."""
    state = about(customer_id, complaint_id, **overrides)
    accepted = {"kind": ComplaintAccepted, "state": ComplaintStatus.ACCEPTED}
    events = [
        received(make_complaint(**state)),
        received(make_complaint(**(state | accepted)), aggversion=2),
        received(make_remedy(**(state | {"state": ComplaintStatus.ACCEPTED})), aggversion=3),
    ]
    handled = received(make_interaction(customer_id, kind="support", cost=Decimal(3)))
    await take_in(resources, *bought(customer_id), handled)
    for event in events:
        await take_in(resources, event)
    return [str(complaint_id), *(str(event.id) for event in events)]


def operations(app):
    """Every operation of scoring."""
    return {(method, path) for path, methods in app.openapi()["paths"].items() for method in methods}


def admin_calls():
    """How operators ask scoring, for what there is and for what there is not."""
    own = {
        ("get", "dead-letters"): "dead-letters",
        ("get", "dead-letters/{letter_id}"): "dead-letters/1",
        ("delete", "dead-letters/{letter_id}"): "dead-letters/1",
        ("post", "dead-letters:retry"): "dead-letters:retry",
        ("post", "dead-letters/{letter_id}:retry"): "dead-letters/1:retry",
        ("get", "consumers"): "consumers",
        ("post", "consumers/{group}:resume"): "consumers/heed-scoring:resume",
        ("get", "failed-work"): "failed-work",
        ("get", "dead-letters.{file_format}"): "dead-letters.csv",
        ("get", "failed-work.{file_format}"): "failed-work.ndjson",
        ("post", "failed-work/{job}/{key}:retry"): "failed-work/daily_refresh/key:retry",
        ("delete", "failed-work/{job}/{key}"): "failed-work/daily_refresh/key",
    }
    return {
        (method, f"/v1/admin/{path}"): [(f"/v1/admin/{address}?service=scoring", None)]
        for (method, path), address in own.items()
    }


def calls(customer_id, as_of):
    """Requests to each operation that would reveal the complaint, if it did."""
    one, holdout = f"/v1/scores/{customer_id}", uuid4()
    portfolio = {
        ("get", f"/v1/portfolio/{name}{ending}"): [(f"/v1/portfolio/{name}{ending.format(kind='svg')}", None)]
        for name in ("value-pyramid", "leaky-bucket", "retention", "migration", "value-at-risk", "clusters", "rfm")
        for ending in ("", ".{kind}")
    }
    supposed = [
        {"leave_unresolved": True}, {"resolve_complaint_within": "PT4H"}, {"no_purchase_for": "P30D"},
        {"buy_today": {"gross": "10", "margin": "1"}},
    ]  # fmt: skip
    files = {
        ("get", path + ".{file_format}"): [(f"{address}.{ending}", None) for ending in ("csv", "ndjson")]
        for path, address in {
            "/v1/scores": "/v1/scores",
            "/v1/scores/{customer_id}/history": f"{one}/history",
            "/v1/portfolio/next-actions": "/v1/portfolio/next-actions",
            "/v1/portfolio/holdouts": "/v1/portfolio/holdouts",
        }.items()
    }
    return (
        portfolio
        | files
        | admin_calls()
        | {
            ("get", "/v1/scores/{customer_id}"): [(one, None), (f"{one}?as_of={as_of}", None)],
            ("get", "/v1/scores/{customer_id}/history"): [(f"{one}/history?limit=200", None)],
            ("get", "/v1/scores/{customer_id}/rhythms"): [(f"{one}/rhythms", None)],
            ("get", "/v1/scores/{customer_id}/next-action"): [(f"{one}/next-action", None)],
            ("post", "/v1/scores/{customer_id}:what-if"): [(f"{one}:what-if", body) for body in supposed],
            ("get", "/v1/scores"): [("/v1/scores", None)],
            ("get", "/v1/portfolio/next-actions"): [("/v1/portfolio/next-actions", None)],
            ("get", "/v1/portfolio/basket"): [("/v1/portfolio/basket", None)],
            ("get", "/v1/portfolio/holdouts"): [("/v1/portfolio/holdouts", None)],
            ("post", "/v1/portfolio/holdouts"): [("/v1/portfolio/holdouts", {"name": "a", "share": "0.5"})],
            ("get", "/v1/portfolio/holdouts/{holdout_id}"): [(f"/v1/portfolio/holdouts/{holdout}", None)],
            ("post", "/v1/portfolio/holdouts/{holdout_id}/assignments"): [
                (f"/v1/portfolio/holdouts/{holdout}/assignments", {"customer_id": str(customer_id)})
            ],
            ("get", "/v1/models"): [("/v1/models", None)],
            ("get", "/v1/models/drift"): [("/v1/models/drift", None)],
            ("get", "/v1/models/loyalty-judgements"): [("/v1/models/loyalty-judgements", None)],
            ("put", "/v1/models/loyalty-judgements"): [("/v1/models/loyalty-judgements", {})],
            ("post", "/v1/models:fit"): [("/v1/models:fit", {})],
            ("get", "/v1/models/fits/{fit_id}"): [(f"/v1/models/fits/{uuid4()}", None)],
        }
    )


async def leaks(client, requests_by_operation, marks):
    """Which calls answer with any of the marks."""
    found = set()
    for (method, path), requests in requests_by_operation.items():
        for address, body in requests:
            for language in ("en", "zh"):
                headers = {"Accept-Language": language}
                answer = await client.request(method, address, json=body, headers=headers)
                assert answer.status_code < 500
                found |= {(method, path, mark) for mark in marks if mark in answer.text}
    return found


@pytest.mark.asyncio
async def test_no_call_reveals_a_confidential_complaint_without_the_scope(app, client, outsider, resources):
    customer_id, complaint_id = uuid4(), uuid4()
    ids = await planted(resources, customer_id, complaint_id)
    as_of = resources.clock.now() - timedelta(seconds=90)  # Before the last event.
    requests_by_operation = calls(customer_id, as_of.isoformat().replace("+00:00", "Z"))
    assert requests_by_operation.keys() == operations(app)
    assert await leaks(outsider, requests_by_operation, [*ids, *WORDS]) == set()
    # The same walk sees every one of these marks where the caller may see them: so it would see a leak.
    seen = await leaks(client, requests_by_operation, [*ids, *WORDS])
    assert {mark for _, _, mark in seen} == {*ids, *WORDS}
    assert {path for _, path, _ in seen} == {
        "/v1/scores/{customer_id}", "/v1/scores/{customer_id}/history", "/v1/scores/{customer_id}:what-if",
        "/v1/scores/{customer_id}/next-action", "/v1/portfolio/next-actions",
        "/v1/scores/{customer_id}/history.{file_format}", "/v1/portfolio/next-actions.{file_format}",
    }  # fmt: skip


@pytest.mark.asyncio
async def test_the_numbers_are_the_same_and_still_add_up(client, outsider, resources):
    customer_id = uuid4()
    await planted(resources, customer_id, uuid4())
    whole, shown = [(await caller.get(f"/v1/scores/{customer_id}")).json() for caller in (client, outsider)]
    for name in ("value", "loyalty", "lifecycle", "value_at_risk", "previous"):
        assert shown[name] == whole[name]
    assert shown["churn_risk"]["probability"] == whole["churn_risk"]["probability"]
    for score in ("value", "loyalty", "churn_risk"):
        assert total(shown["explanation"], score) == total(whole["explanation"], score)
    others = {line["score"]: line for line in shown["explanation"] if line["factor"] == OTHER}
    assert others.keys() == {"value", "churn_risk"}
    assert others["value"]["contribution"] == "-13.00"
    assert others["value"]["sentence"] == "What else is known of the customer brings -13.00 USD."
    assert others["churn_risk"]["sentence"].startswith("What else is known of the customer raises the churn risk by")
    assert (shown["complaints"], shown["caused_by"]) == ([], {"type": "other", "event_id": None})
    reasons = [answer["churn_risk"]["reason"] for answer in (whole, shown)]
    assert reasons == ["price", "unknown"]


def total(lines, score):
    return sum((Decimal(str(line["contribution"])) for line in lines if line["score"] == score), Decimal(0))


@pytest.mark.asyncio
async def test_lists_do_not_show_the_reason_that_comes_from_it(client, outsider, resources):
    await planted(resources, uuid4(), uuid4())
    reasons = []
    for caller in (client, outsider):
        (line,) = (await caller.get("/v1/scores")).json()["items"]
        (at_risk,) = (await caller.get("/v1/portfolio/value-at-risk")).json()["items"]
        (action,) = (await caller.get("/v1/portfolio/next-actions")).json()["items"]
        reasons.append((line["churn_risk"]["reason"], at_risk["reason"], action["seen"]["defection_reason"]))
    assert reasons == [("price",) * 3, ("unknown",) * 3]


@pytest.mark.asyncio
async def test_selling_is_suspended_all_the_same_and_the_reason_is_hidden(client, outsider, resources):
    customer_id = uuid4()
    await planted(resources, customer_id, uuid4())
    whole, shown = [(await caller.get(f"/v1/scores/{customer_id}/next-action")).json() for caller in (client, outsider)]
    assert (whole["rule"], whole["may_sell"]) == ("open_complaint", False)
    assert (shown["rule"], shown["action"], shown["may_sell"]) == ("other", "wait", False)
    assert shown["seen"]["has_open_complaint"] is False


@pytest.mark.asyncio
async def test_what_may_be_seen_of_another_complaint_stays(client, outsider, resources):
    customer_id, open_to_all = uuid4(), uuid4()
    await planted(resources, customer_id, uuid4())
    state = about(customer_id, open_to_all, confidential=False, severity="critical", category="delivery")
    opened = received(make_complaint(**state))
    await take_in(resources, opened)
    shown = (await outsider.get(f"/v1/scores/{customer_id}")).json()
    assert [outlook["complaint_id"] for outlook in shown["complaints"]] == [str(open_to_all)]
    assert shown["caused_by"]["event_id"] == str(opened.id)
    assert shown["churn_risk"]["reason"] == "service"
    (line,) = [line for line in shown["explanation"] if line["factor"] == "open_complaint"]
    assert line["evidence"] == [str(opened.id)]
    supposed = await outsider.post(f"/v1/scores/{customer_id}:what-if", json={"leave_unresolved": True})
    assert supposed.json()["complaint_id"] == str(open_to_all)


@pytest.mark.asyncio
async def test_of_a_hidden_complaint_nothing_can_be_supposed(client, outsider, resources):
    customer_id, complaint_id = uuid4(), uuid4()
    await planted(resources, customer_id, complaint_id)
    for body in ({"leave_unresolved": True}, {"leave_unresolved": True, "complaint_id": str(complaint_id)}):
        answers = [await caller.post(f"/v1/scores/{customer_id}:what-if", json=body) for caller in (client, outsider)]
        assert [answer.status_code for answer in answers] == [200, 409]
        assert answers[1].json()["code"] == "no_open_complaint"


async def history(caller, customer_id):
    return (await caller.get(f"/v1/scores/{customer_id}/history?limit=200")).text


@pytest.mark.asyncio
async def test_one_that_becomes_confidential_is_hidden_in_history_too_and_shown_when_it_is_not_any_more(
    client, outsider, resources
):
    customer_id, complaint_id = uuid4(), uuid4()
    ids = await planted(resources, customer_id, complaint_id, confidential=False)
    before = await history(outsider, customer_id)
    opened, granted = ids[1], ids[3]
    assert all(mark in before for mark in (str(complaint_id), opened, granted))
    amended = {"kind": ComplaintAmended, "changed": ("confidential",), "state": ComplaintStatus.ACCEPTED}
    await take_in(resources, received(make_complaint(**about(customer_id, complaint_id, **amended)), aggversion=4))
    hidden = await history(outsider, customer_id)
    assert not [mark for mark in [*ids, *WORDS] if mark in hidden]
    assert await history(client, customer_id) == before
    amended["confidential"] = False
    await take_in(resources, received(make_complaint(**about(customer_id, complaint_id, **amended)), aggversion=5))
    assert await history(outsider, customer_id) == before


@pytest.mark.asyncio
async def test_it_is_hidden_from_readers_of_its_former_customer_too(outsider, resources):
    """Also where a later event, which makes it confidential, names the former customer no more."""
    former, present, complaint_id = uuid4(), uuid4(), uuid4()
    ids = await planted(resources, former, complaint_id, confidential=False)
    await take_in(resources, *bought(present))
    moved = about(present, complaint_id, former_customer_ids=(former,), confidential=False)
    await take_in(resources, received(make_complaint(**moved), aggversion=4))
    later = {"kind": ComplaintAmended, "changed": ("confidential",)}
    await take_in(resources, received(make_complaint(**about(present, complaint_id, **later)), aggversion=5))
    for customer_id in (former, present):
        entries = await history(outsider, customer_id)
        assert not [mark for mark in [*ids, *WORDS] if mark in entries]


@pytest.mark.asyncio
async def test_one_of_a_member_is_hidden_in_the_survivor_also_after_they_are_taken_apart(outsider, client, resources):
    member, survivor = uuid4(), uuid4()
    ids = await planted(resources, member, uuid4())
    await take_in(resources, *bought(survivor), received(make_merge(member, survivor), aggversion=2))
    await take_in(resources, received(make_unmerge(member, survivor), aggversion=3))
    assert ids[-1] in await history(client, survivor)
    entries = await history(outsider, survivor)
    assert not [mark for mark in [*ids, *WORDS] if mark in entries]


@given(ledgers(), st.data())
@examples(60)
def test_whatever_is_hidden_the_rest_adds_up_and_nothing_hidden_is_named(rows, data):
    statement = statement_of(rows, FITTED, TIME_PASSED)
    document = score_document.parse(
        CUSTOMER,
        score_document.serialize(statement, score_document.serialize_numbers(statement.score), previous=None),
        at=NOON,
    )
    named = referenced_ids([document])
    chosen = [data.draw(st.frozensets(st.sampled_from(sorted(ids)))) if ids else frozenset() for ids in named]
    shown = redact(document, Ids(*chosen))
    for score in ("value", "loyalty", "churn_risk"):
        assert total(shown["explanation"], score) == total(document["explanation"], score)
        assert len([line for line in shown["explanation"] if (line["score"], line["factor"]) == (score, OTHER)]) <= 1
    left = referenced_ids([shown])
    assert left.complaints.isdisjoint(chosen[0])
    assert left.events.isdisjoint(chosen[1])
