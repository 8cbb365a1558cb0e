"""Help articles, shown before a complaint is sent."""

import asyncio

import pytest

from heed_common.auth.scopes import SCOPES
from tests.common.sample_app import make_client, make_token
from tests.entity_tags import revision_of

pytestmark = pytest.mark.asyncio

ARTICLES = "/v1/intake/articles"
FORM = "/v1/intake/form"


def advice(**overrides):
    return {
        "category": "billing",
        "title": {"en": "Reading your bill", "zh": "如何看账单"},
        "text": {"en": "The first line is the total.\n<b>Really</b>", "zh": "第一行是总额。"},
    } | overrides


async def put(client, code, headers=None, **overrides):
    return await client.put(f"{ARTICLES}/{code}", json=advice(**overrides), headers=headers or {})


async def codes(client, **params):
    return [article["code"] for article in (await client.get(ARTICLES, params=params)).json()["items"]]


async def test_articles_of_a_category_are_public_in_both_languages(client, anonymous):
    assert (await put(client, "reading_bills")).status_code == 201
    english = (await anonymous.get(ARTICLES, params={"category": "billing"})).json()["items"][0]
    assert (english["title"], english["language"]) == ("Reading your bill", "en")
    chinese = await anonymous.get(ARTICLES, headers={"Accept-Language": "zh-CN"})
    assert (chinese.json()["items"][0]["title"], chinese.headers["content-language"]) == ("如何看账单", "zh")


async def test_a_second_level_category_includes_the_articles_of_its_first(client, anonymous):
    await put(client, "general", place=2)
    await put(client, "refunds", category="billing.refund", place=1)
    await put(client, "parcels", category="delivery")
    assert await codes(anonymous, category="billing") == ["general"]
    assert await codes(anonymous, category="billing.refund") == ["general", "refunds"]
    assert await codes(anonymous) == ["general", "refunds", "parcels"]
    assert await codes(anonymous, category="nonsense") == []


async def test_pages_of_articles_follow_each_other(client, anonymous):
    for number in range(5):
        await put(client, f"a{number}", place=number % 2)
    seen, cursor = [], {}
    while True:
        page = (await anonymous.get(ARTICLES, params={"limit": 2} | cursor)).json()
        seen += [article["code"] for article in page["items"]]
        if page["next_cursor"] is None:
            break
        cursor = {"cursor": page["next_cursor"]}
    assert seen == ["a0", "a2", "a4", "a1", "a3"]


async def test_changing_an_article_requires_if_match(client):
    created = await put(client, "a")
    assert (created.status_code, created.headers["etag"]) == (201, '"1"')
    assert (await put(client, "a", place=7)).status_code == 428
    changed = await put(client, "a", {"If-Match": '"1"'}, place=7)
    assert (changed.status_code, changed.json()["place"], changed.headers["etag"]) == (200, 7, '"2"')
    assert (await put(client, "a", {"If-Match": '"1"'})).status_code == 412
    assert (await put(client, "b", {"If-Match": '"1"'})).status_code == 412
    assert (await client.get(f"{ARTICLES}/b")).json()["code"] == "article_not_found"


async def test_of_two_concurrent_creations_of_an_article_one_wins(client):
    answers = await asyncio.gather(*(put(client, "a", place=place) for place in range(4)))
    assert sorted(answer.status_code for answer in answers) == [201, 428, 428, 428]


async def test_an_article_can_be_deleted(client, anonymous):
    await put(client, "a")
    assert (await client.delete(f"{ARTICLES}/a", headers={"If-Match": '"7"'})).status_code == 412
    assert (await client.delete(f"{ARTICLES}/a")).status_code == 204
    assert (await client.delete(f"{ARTICLES}/a")).status_code == 404
    assert await codes(anonymous) == []


@pytest.mark.parametrize(
    ("overrides", "pointer"),
    [
        ({"category": "weather"}, "/category"),
        ({"category": "Not a code"}, "/category"),
        ({"title": {"en": "Only English"}}, "/title/zh"),
        ({"text": {"en": "", "zh": "x"}}, "/text/en"),
        ({"text": {"en": "a" * 10_001, "zh": "x"}}, "/text/en"),
        ({"place": -1}, "/place"),
        ({"place": True}, "/place"),
        ({"html": "<b>"}, "/html"),
    ],
)
async def test_an_invalid_article_is_refused_with_a_pointer(client, overrides, pointer):
    answer = await put(client, "a", **overrides)
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, pointer)


async def test_an_invalid_code_is_refused(client):
    assert (await put(client, "Not%20a%20code")).status_code == 422


async def test_articles_are_shown_before_the_form_as_text_and_counted(client, anonymous):
    await put(client, "a")
    page = await anonymous.get(FORM, params={"category": "billing"})
    assert "Reading your bill" in page.text
    assert "&lt;b&gt;Really" in page.text
    await anonymous.get(FORM, params={"category": "billing.refund"})
    await anonymous.get(FORM, params={"category": "delivery"})
    written = await client.get(f"{ARTICLES}/a")
    assert (written.json()["shown"], written.json()["helped"], revision_of(written)) == (2, 0, 1)


async def test_an_article_can_be_marked_as_helpful_without_an_account(client, anonymous):
    await put(client, "a")
    assert (await anonymous.post(f"{ARTICLES}/a/helped")).status_code == 204
    page = await anonymous.post(f"{ARTICLES}/a/helped?lang=zh", headers={"Accept": "text/html"})
    assert (page.status_code, "很高兴能帮到您" in page.text) == (200, True)
    assert (await client.get(f"{ARTICLES}/a")).json()["helped"] == 2
    gone = await anonymous.post(f"{ARTICLES}/b/helped")
    assert (gone.status_code, gone.json()["code"]) == (404, "article_not_found")


async def test_writing_articles_requires_the_settings_scope(app, anonymous, complaint_database, clock):
    assert (await put(anonymous, "a")).status_code == 401
    assert (await anonymous.delete(f"{ARTICLES}/a")).status_code == 401
    assert (await anonymous.get(f"{ARTICLES}/a")).status_code == 401
    token = await make_token(complaint_database, now=clock.now(), scopes=SCOPES - {"settings:write"})
    async with make_client(app, token) as clerk:
        assert (await put(clerk, "a")).json()["scope"] == "settings:write"
