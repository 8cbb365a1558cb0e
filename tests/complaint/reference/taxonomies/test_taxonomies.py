"""Operators change taxonomies, and the terms of old complaints stay readable."""

import asyncio
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heed_common.auth.scopes import SCOPES
from heed_common.revisions import parse_if_match
from heed_complaint.lifecycle.opening import service as complaints
from heed_complaint.lifecycle.transitions.rules import Action
from heed_complaint.reference.taxonomies import service
from heed_complaint.reference.taxonomies.errors import (
    DuplicateTerm,
    InvalidTermParent,
    TermInUse,
    UnknownCategory,
    UnknownCause,
)
from heed_complaint.reference.taxonomies.rules import TermInput, is_valid_category, validate_terms
from tests.common.sample_app import make_client, make_token
from tests.complaint.factories.complaints import CLERK, move, open_complaint, walk
from tests.conftest import NOON
from tests.entity_tags import revision_of

TAXONOMY = "/v1/taxonomies/category"
LATE = {"code": "delivery.late", "en": "Late", "zh": "迟到"}
codes = st.from_regex(r"[a-c](\.[a-c]){0,2}", fullmatch=True)


def word(code, **overrides):
    return TermInput(**({"code": code, "en": code, "zh": code} | overrides))


async def written(session, name, change):
    taxonomy, terms = await service.get_taxonomy(session, name=name)
    words = [word(term.code, en=term.en, zh=term.zh, retired=term.retired) for term in terms]
    return await service.put_taxonomy(session, name=name, terms=change(words), if_match=taxonomy.revision)


def without(code):
    return lambda words: [word for word in words if word.code != code]


def retiring(code):
    return lambda words: [
        word if word.code != code else TermInput(word.code, word.en, word.zh, retired=True) for word in words
    ]


async def read(client, path=TAXONOMY):
    answer = await client.get(f"{path}?all=true", headers={"Accept-Language": "zh"})
    assert answer.status_code == 200
    terms = [{key: value for key, value in term.items() if key != "label"} for term in answer.json()["terms"]]
    return terms, answer.headers["ETag"]


@given(st.lists(codes, max_size=6))
def test_a_taxonomy_is_valid_if_codes_are_unique_and_have_their_parents(listed):
    sound = len(set(listed)) == len(listed) and all(
        code.count(".") == 0 or (code.count(".") == 1 and code[0] in listed) for code in listed
    )
    try:
        validate_terms([word(code) for code in listed], taxonomy="category")
    except (DuplicateTerm, InvalidTermParent):
        assert not sound
    else:
        assert sound


@pytest.mark.parametrize(
    ("category", "known", "may"),
    [
        ("delivery", {"delivery": False}, True),
        ("delivery", {"delivery": True}, False),
        ("weather", {}, False),
        ("delivery.anything", {"delivery": False}, True),
        ("delivery.anything", {"delivery": True}, False),
        ("delivery.", {"delivery": False}, False),
        ("delivery.a.b", {"delivery": False}, False),
        ("delivery.late", {"delivery": False, "delivery.late": False}, True),
        ("delivery.late", {"delivery": False, "delivery.late": True}, False),
        ("delivery.anything", {"delivery": False, "delivery.late": True}, False),
        ("delivery", {"delivery": False, "delivery.late": False}, True),
    ],
)
def test_a_second_level_is_free_text_until_one_is_a_term(category, known, may):
    assert is_valid_category(category, known) is may


@pytest.mark.asyncio
async def test_a_retired_category_is_refused_for_new_complaints_and_stays_on_old_ones(session):
    case = await open_complaint(session, now=NOON, category="delivery.late")
    await written(session, "category", retiring("delivery"))
    with pytest.raises(UnknownCategory):
        await open_complaint(session, now=NOON, category="delivery")
    other = await open_complaint(session, now=NOON, category="product")
    with pytest.raises(UnknownCategory):
        await complaints.update_complaint(
            session,
            complaint_id=other.complaint.id,
            changes={"category": "delivery.late"},
            by=CLERK,
            if_match=other.complaint.revision,
            now=NOON,
        )
    await complaints.update_complaint(
        session,
        complaint_id=case.complaint.id,
        changes={"category": "delivery.late", "product": "kettle"},
        by=CLERK,
        if_match=case.complaint.revision,
        now=NOON,
    )
    labels = {term.code: (term.en, term.retired) for term in (await service.list_taxonomies(session))["category"]}
    assert labels["delivery"] == ("Delivery", True)


@pytest.mark.asyncio
async def test_a_retired_cause_is_refused(session):
    await written(session, "cause", retiring("misuse"))
    case = await walk(session, await open_complaint(session, now=NOON), Action.ACCEPT, now=NOON)
    with pytest.raises(UnknownCause):
        await move(session, case, Action.COMPLETE, now=NOON)


@pytest.mark.asyncio
async def test_a_term_in_use_is_retired_and_never_removed(session):
    case = await open_complaint(session, now=NOON, category="billing.twice")
    await walk(session, case, Action.ACCEPT, Action.COMPLETE, now=NOON)
    for name, code in (("category", "billing"), ("cause", "misuse"), ("responsibility", "supplier")):
        with pytest.raises(TermInUse) as refused:
            async with session.begin_nested():
                await written(session, name, without(code))
        assert refused.value.members == {"terms": [code]}
    _, terms = await written(session, "category", without("staff"))
    assert "staff" not in [term.code for term in terms]


@pytest.mark.asyncio
async def test_a_term_in_use_by_a_running_transaction_is_not_removed(complaint_database):
    async with complaint_database.transaction() as session:
        await open_complaint(session, now=NOON, category="staff")
        removing = asyncio.create_task(_remove(complaint_database, "staff"))
        await asyncio.sleep(0.2)
        assert not removing.done()
    with pytest.raises(TermInUse):
        await removing


async def _remove(database, code):
    async with database.transaction() as session:
        await written(session, "category", without(code))


@pytest.mark.asyncio
async def test_a_taxonomy_read_in_both_languages_can_be_put_back(client):
    terms, tag = await read(client)
    answer = await client.put(TAXONOMY, json={"terms": terms}, headers={"If-Match": tag})
    assert answer.status_code == 200, answer.text
    again, next_tag = await read(client)
    assert (again, parse_if_match(next_tag)) == (terms, revision_of(answer))
    assert next_tag != tag
    assert terms[0] == {"code": "product", "parent": None, "retired": False, "en": "Product", "zh": "产品"}


@pytest.mark.asyncio
async def test_a_second_level_term_ends_free_text_below_its_first(client):
    terms, tag = await read(client)
    answer = await client.put(TAXONOMY, json={"terms": [*terms, LATE]}, headers={"If-Match": tag})
    assert answer.json()["terms"][-1] == LATE | {"label": "Late", "parent": "delivery", "retired": False}
    for category, status in (("delivery.late", 201), ("delivery.lost", 422), ("staff.rude", 201), ("delivery", 201)):
        answer = await client.post("/v1/complaints", json=_complaint(category))
        assert answer.status_code == status, category
    refused = await client.post("/v1/complaints", json=_complaint("delivery.lost"))
    assert (refused.json()["code"], refused.json()["errors"][0]["pointer"]) == ("unknown_category", "/category")


@pytest.mark.asyncio
async def test_two_operators_do_not_overwrite_each_other(client):
    terms, tag = await read(client)
    assert (await client.put(TAXONOMY, json={"terms": terms})).status_code == 428
    assert (await client.put(TAXONOMY, json={"terms": terms}, headers={"If-Match": tag})).status_code == 200
    assert (await client.put(TAXONOMY, json={"terms": terms}, headers={"If-Match": tag})).status_code == 412


@pytest.mark.asyncio
@pytest.mark.parametrize("name", ["severity", "milestone", "state", "channel", "case_kind", "remedy"])
async def test_only_the_labels_of_locked_codes_can_change(client, name):
    path = f"/v1/taxonomies/{name}"
    terms, tag = await read(client, path)
    first = terms[0] | {"en": "In our words"}
    for changed, pointer in (
        ([*terms, LATE | {"code": "more"}], f"/terms/{len(terms)}/code"),
        (terms[1:], "/terms"),
        ([terms[0] | {"retired": True}, *terms[1:]], "/terms/0/retired"),
    ):
        refused = await client.put(path, json={"terms": changed}, headers={"If-Match": tag})
        assert (refused.status_code, refused.json()["code"]) == (422, "codes_are_fixed")
        assert refused.json()["errors"][0]["pointer"] == pointer
    answer = await client.put(path, json={"terms": [first, *terms[1:]]}, headers={"If-Match": tag})
    assert answer.json()["terms"][0]["label"] == "In our words"


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("term", "code", "pointer"),
    [
        ({"code": "product"}, "term_twice", "/terms/6/code"),
        ({"code": "nowhere.late"}, "term_misplaced", "/terms/6/code"),
        ({"code": "delivery.late.very"}, "term_misplaced", "/terms/6/code"),
        ({"code": "delivery.late", "parent": "product"}, "term_misplaced", "/terms/6/parent"),
        ({"code": "Late"}, "validation_failed", "/terms/6/code"),
        ({"code": "late", "zh": ""}, "validation_failed", "/terms/6/zh"),
        ({"code": "late", "label": "Late"}, "validation_failed", "/terms/6/label"),
        ({"code": "late", "retired": "yes"}, "validation_failed", "/terms/6/retired"),
    ],
)
async def test_an_invalid_taxonomy_is_refused_with_a_pointer(client, term, code, pointer):
    terms, tag = await read(client)
    answer = await client.put(TAXONOMY, json={"terms": [*terms, LATE | term]}, headers={"If-Match": tag})
    assert answer.status_code == 422
    assert (answer.json()["code"], answer.json()["errors"][0]["pointer"]) == (code, pointer)
    assert await read(client) == (terms, tag)


@pytest.mark.asyncio
async def test_an_unknown_taxonomy_is_not_found(client):
    assert (await client.get("/v1/taxonomies/weather")).json()["code"] == "taxonomy_not_found"
    answer = await client.put("/v1/taxonomies/weather", json={"terms": [LATE]}, headers={"If-Match": "*"})
    assert answer.status_code == 404


@pytest.mark.asyncio
async def test_changing_a_taxonomy_requires_the_settings_scope(app, complaint_database):
    token = await make_token(complaint_database, now=NOON, scopes=SCOPES - {"settings:write"})
    async with make_client(app, token) as clerk:
        terms, tag = await read(clerk)
        answer = await clerk.put(TAXONOMY, json={"terms": terms}, headers={"If-Match": tag})
    assert answer.status_code == 403


def _complaint(category):
    return {
        "customer_id": str(uuid4()),
        "channel": "phone",
        "category": category,
        "severity": "minor",
        "description": "It came a week later",
        "occurred_at": "2026-03-02T11:00:00Z",
    }
