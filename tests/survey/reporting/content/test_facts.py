"""Words and facts in a report: figures of the analysis, sentences as far as intervals go, not for the public."""

from uuid import uuid4

import pytest

from tests.survey.analysis.studies import analysed, create_study, insert_responses
from tests.survey.call_backs.facts.cases import Case, receive
from tests.survey.reporting.studies import CHINESE, freeze, page

pytestmark = pytest.mark.asyncio


async def study(client, database, *, met, not_met):
    """Return a survey of customers whose complaint was resolved in time, or late, with their satisfaction."""
    survey_id = await create_study(client)
    words = [(True, value) for value in met] + [(False, value) for value in not_met]
    cases = [Case(uuid4()).complete(day=-3, within=within) for within, _ in words]
    await receive(database, *(event for case in cases for event in case.events))
    customers = [case.fields["customer_id"] for case in cases]
    await insert_responses(database, survey_id, [{"overall": value} for _, value in words], customer_id=customers)
    return survey_id


async def report(client, survey_id, **headers):
    return await page(client, f"/v1/surveys/{survey_id}/report", **headers)


async def test_a_report_has_the_numbers_of_the_analysis(client, survey_database):
    survey_id = await study(client, survey_database, met=[5, 4, 1, 3] * 9, not_met=[1, 2, 2, 5] * 9)
    found = await analysed(client, survey_id, "facts", fact="deadline")
    location = (await freeze(client, survey_id)).headers["Location"]
    part = (await client.get(f"{location}/document")).json()["body"]["facts"]
    deadline = next(each for each in part["facts"] if each["fact"] == "deadline")
    assert deadline["difference"] == found["facts"][0]["satisfied_difference"]
    assert (deadline["fact_good_word_bad"], deadline["fact_bad_word_good"]) == (9, 9)
    assert (part["item"], part["window_days"]) == ("overall", 90)


@pytest.mark.parametrize(
    ("met", "not_met", "english", "chinese"),
    [
        ([5, 4] * 20, [1, 2] * 20, "more often satisfied", "达成时客户满意的比例更高"),
        ([1, 2, 2, 5] * 10, [5, 4] * 20, "less often satisfied", "达成时客户满意的比例反而更低"),
        ([5, 1] * 10, [5, 1] * 10, "within the margin of error", "仍在误差范围之内"),
    ],
)
async def test_a_sentence_claims_what_the_interval_allows(client, survey_database, met, not_met, english, chinese):
    survey_id = await study(client, survey_database, met=met, not_met=not_met)
    texts = [await report(client, survey_id), await report(client, survey_id, headers=CHINESE)]
    assert "Words and facts" in texts[0]
    assert "Resolved in time: " in texts[0]
    assert english in texts[0]
    assert "评价与事实" in texts[1]
    assert chinese in texts[1]


async def test_a_survey_without_facts_has_no_such_section(client, survey_database):
    survey_id = await create_study(client)
    await insert_responses(survey_database, survey_id, [{"overall": 1 + number % 5} for number in range(20)])
    assert "Words and facts" not in await report(client, survey_id)


async def test_the_public_does_not_read_what_was_late(client, survey_database):
    survey_id = await study(client, survey_database, met=[5, 4] * 20, not_met=[1, 2] * 20)
    frozen = await freeze(client, survey_id, for_public=True)
    body = {"public": True}
    path = f"/v1/surveys/{survey_id}/reports/{frozen.json()['id']}"
    public = await client.patch(path, json=body, headers={"If-Match": frozen.headers["ETag"]})
    shown = await page(client, public.json()["public_url"].removeprefix("https://heed.example"))
    assert "Words and facts" not in shown
    assert "Words and facts" in await page(client, path)
