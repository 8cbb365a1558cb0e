"""The public page shows the results of a report to everyone who has its address, for as long as it is public."""

import pytest
import pytest_asyncio

from tests.common.sample_app import make_client
from tests.survey.reporting.studies import CHINESE, HTML, create_repair_study, freeze, page, people, publish, store

pytestmark = pytest.mark.asyncio


@pytest_asyncio.fixture
async def anonymous(app):
    async with make_client(app) as client:
        yield client


@pytest_asyncio.fixture
async def frozen(client, survey_database):
    survey_id = await create_repair_study(client)
    await store(survey_database, survey_id, people(120))
    return await freeze(client, survey_id, for_public=True)


def path_of(published) -> str:
    url = published.json()["public_url"]
    assert url.startswith("https://heed.example/s/results/")
    return url.removeprefix("https://heed.example")


async def test_everyone_reads_the_public_page_without_a_token(client, anonymous, frozen):
    published = await publish(client, frozen)
    html = await page(anonymous, path_of(published))
    assert "At a glance" in html
    assert published.json()["content_hash"] in html
    assert "要点" in await page(anonymous, path_of(published), CHINESE)
    assert "要点" in await page(anonymous, f"{path_of(published)}?lang=zh")


async def test_the_public_reads_nothing_that_is_for_employees(client, anonymous, frozen):
    internal = await page(client, frozen.headers["Location"])
    public = await page(anonymous, path_of(await publish(client, frozen)))
    for text in ("Customer research", "Decide where to hire", "Report due"):
        assert text in internal
        assert text not in public
    assert "Find out what customers expect of service" in public


async def test_a_report_that_is_not_public_has_no_page(client, anonymous, frozen):
    published = await publish(client, frozen)
    withdrawn = await publish(client, published, public=False)
    assert (withdrawn.json()["public"], withdrawn.json()["public_url"]) == (False, None)
    response = await anonymous.get(path_of(published), headers=HTML)
    assert (response.status_code, "There are no results here" in response.text) == (404, True)
    again = await publish(client, withdrawn)
    assert path_of(again) != path_of(published)
    assert (await anonymous.get(path_of(published))).json()["code"] == "results_not_found"
    assert (await anonymous.get(path_of(again))).status_code == 200


async def test_a_report_with_small_groups_is_never_public(client, frozen):
    survey_id = frozen.json()["survey_id"]
    internal = await freeze(client, survey_id)
    response = await client.patch(
        internal.headers["Location"], json={"public": True}, headers={"If-Match": internal.headers["ETag"]}
    )
    assert (response.status_code, response.json()["code"]) == (409, "report_not_controlled")


@pytest.mark.parametrize("code", ["unknown", "thank-you", "A" * 22, "%E4%B8%AD"])
async def test_other_addresses_show_nothing(anonymous, code):
    response = await anonymous.get(f"/s/results/{code}", headers=CHINESE)
    assert (response.status_code, "此处没有结果" in response.text) == (404, True)


async def test_the_page_has_no_script_and_loads_nothing(client, anonymous, frozen):
    response = await anonymous.get(path_of(await publish(client, frozen)), headers=HTML)
    assert response.headers["content-security-policy"].startswith("default-src 'none'; style-src 'sha256-")
    assert {"no-store", "no-referrer", "noindex"} <= set(response.headers.values())
    for tag in ("<script", "<img", "<link", " style=", "http://", "https://"):
        assert tag not in response.text
