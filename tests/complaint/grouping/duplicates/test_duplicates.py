"""Likely duplicates are listed with their reasons; people merge them."""

from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heed_common.auth.scopes import SCOPES
from heed_complaint.core.customers import repository as customers
from heed_complaint.grouping.duplicates import service
from heed_complaint.grouping.duplicates.rules import WEIGHTS, ComparisonFields, DuplicateReason, compare, similarity
from tests.common.sample_app import make_client, make_token
from tests.complaint.factories.complaints import open_complaint
from tests.conftest import NOON

DAY = timedelta(days=1)
KETTLE = "The kettle leaks from the bottom and does not switch off"
texts = st.text(max_size=60)


def facts(**overrides):
    given = {
        "id": uuid4(),
        "customer_id": uuid4(),
        "product_key": "kettle",
        "purchase_id": uuid4(),
        "category": "product.leak",
        "received_at": NOON,
        "description": KETTLE,
    }
    return ComparisonFields(**(given | overrides))


def test_an_identical_complaint_has_all_points():
    one = facts()
    again = replace(one, id=uuid4())
    assert compare(one, again, family={one.customer_id}, within=30 * DAY).score == 100 == sum(WEIGHTS.values())


def test_fields_unknown_on_both_sides_do_not_count_as_equal():
    one, other = facts(product_key=None, purchase_id=None), facts(product_key=None, purchase_id=None)
    reasons = compare(one, other, family={one.customer_id}, within=30 * DAY).reasons
    assert reasons == {
        DuplicateReason.SAME_CATEGORY: 10,
        DuplicateReason.SIMILAR_TEXT: 30,
        DuplicateReason.NEAR_IN_TIME: 5,
    }


@given(texts, texts)
def test_similarity_of_texts_is_a_symmetric_share(one, other):
    assert similarity(one, other) == similarity(other, one)
    assert 0 <= similarity(one, other) <= 1


@given(texts.filter(lambda text: any(character.isalnum() for character in text)))
def test_a_text_has_similarity_one_with_itself(text):
    assert similarity(text, text.upper().lower()) == pytest.approx(similarity(text.upper().lower(), text))
    assert similarity(text, text) == 1


@pytest.mark.parametrize(
    ("one", "like", "unlike"),
    [
        (KETTLE, "my kettle is leaking at the bottom, it doesn't switch off", "I was billed twice for one visit"),
        ("水壶底部漏水，不能自动断电", "水壶漏水，而且不断电", "账单重复收费两次"),
    ],
)
def test_paraphrases_are_more_similar_than_other_matters_in_both_languages(one, like, unlike):
    assert similarity(one, like) > 0.3 > 0.15 > similarity(one, unlike)


async def found(session, case, **overrides):
    query = {"days": 30, "confidential": False} | overrides
    return await service.find_duplicates(session, complaint_id=case.complaint.id, **query)


@pytest.mark.asyncio
async def test_the_likeliest_duplicate_is_first_and_other_matters_are_absent(session):
    customer, merged = uuid4(), uuid4()
    await customers.upsert_aliases(session, [{"duplicate_id": merged, "survivor_id": customer, "version": 1}])
    given = {"product": "kettle", "category": "product.leak", "description": KETTLE}
    case = await open_complaint(session, now=NOON, customer_id=customer, **given)
    same = await open_complaint(session, now=NOON, customer_id=merged, **given)
    stranger = await open_complaint(session, now=NOON, customer_id=None, **given | {"product": None})
    await open_complaint(session, now=NOON, customer_id=uuid4(), category="billing", description="Billed twice")
    await open_complaint(session, now=NOON, customer_id=customer, received_at=NOON - 31 * DAY, **given)
    ranked = await found(session, case)
    assert [likeness.id for likeness in ranked] == [same.complaint.id, stranger.complaint.id]
    assert ranked[0].reasons.keys() == set(DuplicateReason) - {DuplicateReason.SAME_PURCHASE}
    assert [likeness.score for likeness in ranked] == sorted((like.score for like in ranked), reverse=True)
    assert len(await found(session, case, days=60)) == 3


@pytest.mark.asyncio
async def test_confidential_duplicates_require_the_scope(app, client, complaint_database):
    customer = uuid4()
    async with complaint_database.transaction() as session:
        case = await open_complaint(session, now=NOON, customer_id=customer)
        secret = await open_complaint(session, now=NOON, customer_id=customer, confidential=True)
    path = f"/v1/complaints/{case.complaint.id}/duplicates"
    (item,) = (await client.get(path)).json()["items"]
    assert item["complaint_id"] == str(secret.complaint.id)
    assert item["score"] == sum(reason["points"] for reason in item["reasons"])
    token = await make_token(complaint_database, now=NOON, scopes=SCOPES - {"complaints:confidential:read"})
    async with make_client(app, token) as clerk:
        assert (await clerk.get(path)).json() == {"items": [], "next_cursor": None}


@pytest.mark.asyncio
async def test_the_list_comes_in_pages(client, complaint_database):
    customer = uuid4()
    async with complaint_database.transaction() as session:
        case, *_ = [await open_complaint(session, now=NOON, customer_id=customer) for _ in range(6)]
    path, seen, cursor = f"/v1/complaints/{case.complaint.id}/duplicates", [], ""
    while cursor is not None:
        page = (await client.get(f"{path}?limit=2{cursor}")).json()
        seen += [item["complaint_id"] for item in page["items"]]
        cursor = f"&cursor={page['next_cursor']}" if page["next_cursor"] else None
    assert len(seen) == len(set(seen)) == 5
    for question in ("days=0", "days=366", "limit=0", "cursor=abc"):
        assert (await client.get(f"{path}?{question}")).status_code == 422
    assert (await client.get(f"/v1/complaints/{uuid4()}/duplicates")).json()["code"] == "complaint_not_found"
