"""Profiles follow published schemas; sensitive fields are encrypted, shown by scope and consent, and reads logged."""

import json

import jsonschema
import pytest
import pytest_asyncio
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from heed_common.auth.scopes import SCOPES
from heed_common.contracts.customer import CustomerKind
from heed_common.encryption import FieldCipher
from heed_common.key_rotation import rotate
from heed_customer.accounts.profiles import rules, service
from heed_customer.accounts.profiles.groups.catalogue import MODELS, ProfileGroup, groups_of, json_schema
from heed_customer.accounts.sensitive_fields import service as sensitive
from heed_customer.accounts.sensitive_fields.rotation import ROTATION
from heed_customer.accounts.sensitive_fields.rules import index_text
from tests.common.sample_app import make_client, make_token
from tests.customer.factories import merge, register
from tests.entity_tags import revision_of

ID_NUMBER = "11010519491231002X"
SENSITIVE_SCOPES = frozenset({"profiles:sensitive:read", "profiles:sensitive:write"})
DOCUMENTS = st.dictionaries(st.sampled_from("abcdef"), st.integers(0, 2))


@given(DOCUMENTS, DOCUMENTS, DOCUMENTS, st.booleans())
def test_a_write_leaves_the_new_document_and_all_sensitive_fields_that_could_not_be_deleted(plain, secret, new, sees):
    hidden = frozenset("def")
    current = {name: value for name, value in plain.items() if name not in hidden}
    stored = {name: value for name, value in secret.items() if name in hidden}
    diff = rules.diff(current, stored, new, sensitive=hidden, deletable=stored.keys() if sees else ())
    after = {name: value for name, value in current.items() if name not in diff.before} | dict(diff.after)
    assert after == {name: value for name, value in new.items() if name not in hidden}
    left = {name: value for name, value in (stored | dict(diff.sensitive)).items() if value is not None}
    given_ = {name: value for name, value in new.items() if name in hidden}
    assert left == (given_ if sees else stored | given_)
    assert not diff.names or (current, stored) != (after, left)


@pytest.mark.parametrize("group", ProfileGroup)
def test_every_field_has_titles_in_both_languages_and_a_sensitivity(group):
    schema = json_schema(group)
    jsonschema.Draft202012Validator.check_schema(schema)
    assert (schema["$id"], schema["x-version"]) == (f"/schemas/profile.{group}", 1)
    fields = [field for field in schema["properties"].values() if not field.get("readOnly")]
    assert fields
    for field in fields:
        assert field["x-titles"].keys() == {"en", "zh"}
        assert field["x-sensitivity"] in {"business", "personal", "sensitive"}
        assert any("\u4e00" <= character <= "\u9fff" for character in field["x-titles"]["zh"])


def test_the_sensitive_fields_are_those_of_the_taxonomy():
    marked = {
        f"{group}.{name}"
        for group in ProfileGroup
        for name, field in json_schema(group)["properties"].items()
        if field.get("x-sensitivity") == "sensitive"
    }
    assert marked == {
        *("basics.id_number", "basics.household_registration", "basics.blood_type", "basics.religion"),
        *("family.views", "relationships.view_of_relationships", "ties.faith"),
    }


def test_id_numbers_are_compared_without_blanks_hyphens_and_case():
    assert index_text("id_number", " 110105-1949 1231-002x") == index_text("id_number", ID_NUMBER)
    assert index_text("id_number", ID_NUMBER) != index_text("id_number", "110105194912310021")


class Profile:
    """Calls on one group of a customer."""

    def __init__(self, client, customer_id, group="basics"):
        self.client = client
        self.path = f"/v1/customers/{customer_id}/profile/{group}"

    async def get(self):
        response = await self.client.get(self.path)
        assert response.status_code == 200, response.text
        return response.json()

    async def put(self, document, *, expected=200):
        tag = (await self.client.get(self.path)).headers.get("etag", "*")
        response = await self.client.put(self.path, json=document, headers={"If-Match": tag})
        assert response.status_code == expected, response.text
        return response


async def consent(client, customer_id, *, granted=True, by_guardian=False):
    body = {"granted": granted, "source": "signed form", "by_guardian": by_guardian}
    response = await client.put(f"/v1/customers/{customer_id}/consents/sensitive/post", json=body)
    assert response.status_code in {200, 201}, response.text


@pytest_asyncio.fixture
async def clerk(app, customer_database, clock):
    """A client without the scopes of sensitive fields."""
    token = await make_token(customer_database, now=clock.now(), scopes=SCOPES - SENSITIVE_SCOPES)
    async with make_client(app, token) as client:
        yield client


@pytest.mark.asyncio
async def test_a_group_is_empty_until_it_is_written_and_then_needs_its_etag(client):
    customer_id = await register(client)
    profile = Profile(client, customer_id)
    empty = await client.get(profile.path)
    assert (empty.json(), revision_of(empty)) == ({}, 0)
    assert empty.headers["link"] == '</schemas/profile.basics>; rel="describedby"'
    document = {"nickname": "老王", "height_cm": 172, "birth_date": "1980-05-01"}
    first = await client.put(profile.path, json=document)
    assert (first.status_code, first.json(), first.headers["etag"]) == (200, document, '"1"')
    assert (await client.put(profile.path, json={})).status_code == 428
    assert (await client.put(profile.path, json={}, headers={"If-Match": '"9"'})).status_code == 412
    same = await client.put(profile.path, json=document, headers={"If-Match": '"1"'})
    assert same.headers["etag"] == '"1"'
    assert await profile.get() == document


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("document", "pointer"),
    [
        ({"nickname": 5}, "/nickname"),
        ({"nickname": "x" * 201}, "/nickname"),
        ({"nickname": "nul\u0000"}, "/nickname"),
        ({"height_cm": "tall"}, "/height_cm"),
        ({"height_cm": "172"}, "/height_cm"),
        ({"height_cm": True}, "/height_cm"),
        ({"birth_date": "1980-13-01"}, "/birth_date"),
        ({"birth_date": "2027-01-01"}, "/birth_date"),
        ({"blood_type": "C"}, "/blood_type"),
        ({"shoe_size": 42}, "/shoe_size"),
    ],
)
async def test_an_invalid_field_is_refused_with_a_pointer_and_nothing_is_stored(client, document, pointer):
    customer_id = await register(client)
    profile = Profile(client, customer_id)
    refused = await profile.put({"position": "buyer"} | document, expected=422)
    assert [error["pointer"] for error in refused.json()["errors"]] == [pointer]
    assert await profile.get() == {}
    history = (await client.get(f"{profile.path}/history")).json()["items"]
    assert history == []


@pytest.mark.asyncio
async def test_nested_fields_are_validated_with_pointers(client):
    customer_id = await register(client)
    refused = await Profile(client, customer_id, "education").put({"schools": [{"from_year": 1999}]}, expected=422)
    assert refused.json()["errors"][0]["pointer"] == "/schools/0/name"
    document = {"schools": [{"name": "Tongji", "from_year": 1999}], "highest_degree": "bachelor"}
    assert (await Profile(client, customer_id, "education").put(document)).json() == document


@pytest.mark.asyncio
async def test_groups_are_of_individuals_or_of_organizations(client):
    ids = {
        CustomerKind.INDIVIDUAL: await register(client),
        CustomerKind.ORGANIZATION: await register(client, kind="organization"),
    }
    for kind, customer_id in ids.items():
        for group in MODELS:
            read = await client.get(f"/v1/customers/{customer_id}/profile/{group}")
            written = await client.put(f"/v1/customers/{customer_id}/profile/{group}", json={})
            if group in groups_of(kind):
                assert (read.status_code, written.status_code) == (200, 200)
            else:
                assert {read.json()["code"], written.json()["code"]} == {"profile_group_not_applicable"}
        unknown = await client.get(f"/v1/customers/{customer_id}/profile/hobbies")
        assert (unknown.status_code, unknown.json()["code"]) == (404, "profile_group_unknown")


@pytest.mark.asyncio
async def test_sensitive_fields_need_their_own_consent(client):
    customer_id = await register(client)
    profile = Profile(client, customer_id)
    refused = await profile.put({"nickname": "老王", "id_number": ID_NUMBER}, expected=409)
    assert refused.json()["code"] == "sensitive_consent_missing"
    assert await profile.get() == {}
    await consent(client, customer_id)
    await profile.put({"nickname": "老王", "id_number": ID_NUMBER})
    assert (await profile.get())["id_number"] == ID_NUMBER
    await consent(client, customer_id, granted=False)
    assert await profile.get() == {"nickname": "老王", "withheld": ["id_number"]}


@pytest.mark.asyncio
async def test_sensitive_fields_of_a_child_need_the_consent_of_a_guardian(client):
    customer_id = await register(client)
    await consent(client, customer_id)
    profile = Profile(client, customer_id)
    refused = await profile.put({"birth_date": "2015-05-01", "blood_type": "A"}, expected=409)
    assert refused.json()["code"] == "sensitive_consent_missing"
    assert await profile.get() == {}
    await profile.put({"birth_date": "2015-05-01"})
    await consent(client, customer_id, by_guardian=True)
    await profile.put({"birth_date": "2015-05-01", "blood_type": "A"})
    assert (await profile.get())["blood_type"] == "A"


@pytest.mark.asyncio
async def test_sensitive_fields_are_nowhere_in_clear(client, customer_database):
    customer_id = await register(client)
    await consent(client, customer_id)
    profile = Profile(client, customer_id)
    await profile.put({"nickname": "老王", "id_number": ID_NUMBER, "religion": "Buddhism"})
    await profile.put({"nickname": "老王", "id_number": "440308199901010012"})
    async with customer_database.transaction() as session:
        tables = (await session.scalars(text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'"))).all()
        dump = [
            str(row)
            for table in tables
            for row in (await session.execute(text(f'SELECT to_jsonb(t)::text FROM "{table}" AS t'))).all()  # noqa: S608
        ]
    assert any("老王" in row for row in dump)
    for secret in (ID_NUMBER, "440308199901010012", "Buddhism"):
        assert not [row for row in dump if secret in row]
        assert not [row for row in dump if secret.encode().hex() in row]
    history = (await client.get(f"{profile.path}/history")).json()["items"]
    assert [item["fields"] for item in history] == [["id_number", "religion"], ["id_number", "nickname", "religion"]]
    assert [item["after"] for item in history] == [{}, {"nickname": "老王"}]
    assert history[0]["changed_by"].startswith("key:")
    assert ID_NUMBER not in json.dumps(history)


@pytest.mark.asyncio
async def test_without_the_scope_sensitive_fields_are_withheld_and_survive_a_round_trip(client, clerk):
    customer_id = await register(client)
    await consent(client, customer_id)
    await Profile(client, customer_id).put({"nickname": "老王", "id_number": ID_NUMBER})
    seen = await Profile(clerk, customer_id).get()
    assert seen == {"nickname": "老王", "withheld": ["id_number"]}
    await Profile(clerk, customer_id).put(seen | {"nickname": "小王"})
    assert await Profile(client, customer_id).get() == {"nickname": "小王", "id_number": ID_NUMBER}
    refused = await Profile(clerk, customer_id).put({"religion": "none"}, expected=403)
    assert refused.json()["scope"] == "profiles:sensitive:write"
    await Profile(client, customer_id).put({"nickname": "小王"})
    assert await Profile(client, customer_id).get() == {"nickname": "小王"}


@pytest.mark.asyncio
async def test_each_read_of_a_sensitive_field_is_logged_and_no_other(client, clerk, clock):
    customer_id = await register(client)
    await consent(client, customer_id)
    path = "/v1/customers:sensitive-reads"
    await client.put(Profile(client, customer_id).path, json={"nickname": "老王", "id_number": ID_NUMBER})
    written = (await client.get(path)).json()["items"]
    assert len(written) == 1  # The response of the write shows it.
    await clock.sleep(60)
    await Profile(clerk, customer_id).get()
    await Profile(client, customer_id).get()
    reads = (await client.get(path, params={"customer_id": str(customer_id), "from": "2026-03-02T12:00:30Z"})).json()
    (read,) = reads["items"]
    assert (read["group"], read["field"], read["read_at"]) == ("basics", "id_number", "2026-03-02T12:01:00.000000Z")
    by = {"read_by": read["read_by"]}
    assert len((await client.get(path, params=by)).json()["items"]) == 2
    assert (await client.get(path, params={"read_by": "key:other"})).json()["items"] == []
    assert (await client.get(path, params={"to": "2026-03-02T12:00:30Z"})).json()["items"] == written


@pytest.mark.asyncio
async def test_a_customer_is_found_by_id_number_and_verified_until_it_changes(client, clerk, customer_database):
    customer_id = await register(client)
    await consent(client, customer_id)
    profile = Profile(client, customer_id)
    path = f"{profile.path}/id_number/verification"
    assert (await client.put(path, json={"verified": True})).json()["code"] == "sensitive_field_not_found"
    await profile.put({"id_number": ID_NUMBER})
    verified = await client.put(path, json={"verified": True})
    assert verified.status_code == 200
    assert (await profile.get())["verified"] == ["id_number"]
    found = await client.post("/v1/customers:lookup", json={"id_number": "110105 19491231 002x"})
    assert [item["customer"]["id"] for item in found.json()["items"]] == [str(customer_id)]
    assert found.json()["items"][0]["matched_by"] == "id_number"
    reads = (await client.get("/v1/customers:sensitive-reads")).json()["items"]
    unknown = await client.post("/v1/customers:lookup", json={"id_number": "110105"})
    assert unknown.json() == {"items": []}
    assert (await client.get("/v1/customers:sensitive-reads")).json()["items"] == reads
    refused = await clerk.post("/v1/customers:lookup", json={"id_number": ID_NUMBER})
    assert (refused.status_code, refused.json()["scope"]) == (403, "profiles:sensitive:read")
    async with customer_database.transaction() as session:
        assert await sensitive.find_identified(session, [customer_id]) == {customer_id}
    await profile.put({"id_number": "440308199901010012"})
    assert "verified" not in await profile.get()
    other = await client.put(f"{profile.path}/nickname/verification", json={"verified": True})
    assert (other.status_code, other.json()["code"]) == (404, "sensitive_field_not_found")


@pytest.mark.asyncio
async def test_new_keys_encrypt_sensitive_fields_again_without_a_change(app, client, customer_database):
    customer_id = await register(client)
    await consent(client, customer_id)
    profile = Profile(client, customer_id)
    document = {"id_number": ID_NUMBER, "religion": "Buddhism"}
    await profile.put(document)
    await client.put(f"{profile.path}/id_number/verification", json={"verified": True})
    old_key, new_key = (secret.ljust(32, b"-") for secret in (b"old", b"new"))
    app.state.cipher = FieldCipher([old_key])
    await profile.put({})
    await profile.put(document)
    await client.put(f"{profile.path}/id_number/verification", json={"verified": True})
    app.state.cipher = FieldCipher([new_key, old_key])
    tag = (await client.get(profile.path)).headers["etag"]
    tables = {"sensitive_fields": ROTATION}
    report = (await rotate(customer_database, tables, app.state.cipher))["sensitive_fields"]
    assert (report.rotated, report.is_complete) == (2, True)
    assert (await rotate(customer_database, tables, app.state.cipher))["sensitive_fields"].rotated == 0
    app.state.cipher = FieldCipher([new_key])
    assert await profile.get() == document | {"verified": ["id_number"]}
    assert (await client.get(profile.path)).headers["etag"] == tag
    found = await client.post("/v1/customers:lookup", json={"id_number": ID_NUMBER})
    assert len(found.json()["items"]) == 1
    app.state.cipher = FieldCipher([old_key])
    assert await profile.get() == {"withheld": ["id_number", "religion"], "verified": ["id_number"]}


@pytest.mark.asyncio
async def test_what_is_read_fits_the_published_schema_and_can_be_written_back(client, clerk):
    person, company = await register(client), await register(client, kind="organization")
    await consent(client, person)
    documents = {
        (person, "basics"): {"nickname": "老王", "birth_date": "1980-05-01", "weight_kg": 70.5, "id_number": ID_NUMBER},
        (person, "family"): {"spouse": {"name": "Li", "birthday": "1981-01-01"}, "children": [{"name": "Bao"}]},
        (company, "registration"): {"registered_capital": {"amount": "5000000", "currency": "CNY"}},
        (company, "credit"): {"guarantees": "Land.", "credit_limit": {"amount": "100.50", "currency": "CNY"}},
        (company, "ties"): {"place": "Suzhou"},
    }
    for (customer_id, group), document in documents.items():
        validator = jsonschema.Draft202012Validator(json_schema(ProfileGroup(group)))
        await Profile(client, customer_id, group).put(document)
        for caller in (client, clerk):
            profile = Profile(caller, customer_id, group)
            read = await profile.get()
            validator.validate(read)
            assert (await profile.put(read)).json() == read
        assert await Profile(client, customer_id, group).get() == document


@pytest.mark.asyncio
async def test_the_birth_date_is_offered_to_consents(client, customer_database):
    customer_id = await register(client)
    await Profile(client, customer_id).put({"birth_date": "2015-05-01"})
    async with customer_database.transaction() as session:
        assert str(await service.birth_date_of(session, customer_id)) == "2015-05-01"
    await Profile(client, customer_id).put({})
    async with customer_database.transaction() as session:
        assert await service.birth_date_of(session, customer_id) is None


@pytest.mark.asyncio
async def test_a_merged_customer_is_read_as_its_survivor_and_not_written(client):
    survivor, duplicate = await register(client), await register(client)
    await Profile(client, survivor).put({"nickname": "老王"})
    await Profile(client, duplicate).put({"nickname": "王"})
    await merge(client, duplicate, into=survivor)
    response = await client.get(Profile(client, duplicate).path)
    assert response.json() == {"nickname": "老王"}
    assert response.headers["content-location"] == f"/v1/customers/{survivor}/profile/basics"
    refused = await Profile(client, duplicate).put({"nickname": "x"}, expected=409)
    assert (refused.json()["code"], refused.json()["survivor_id"]) == ("customer_merged", str(survivor))
    history = (await client.get(f"{Profile(client, survivor).path}/history")).json()["items"]
    assert {item["customer_id"] for item in history} == {str(survivor), str(duplicate)}
