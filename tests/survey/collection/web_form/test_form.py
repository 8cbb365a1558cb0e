"""The form behind a link, page by page."""

import asyncio
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import text

from heed_survey.invitations.links import service as links
from heed_survey.invitations.links.rules import AnonymousSigner, LinkKind
from tests.survey.collection.browser import CUSTOMER, HTML, Respondent, create_link, create_tour
from tests.survey.collection.tour import BODY
from tests.survey.factories import create_anonymous, published_events

pytestmark = pytest.mark.asyncio

RESPONSES = text("SELECT * FROM response")
PARTIALS = text("SELECT * FROM partial_response")


async def rows(database, query):
    async with database.transaction() as session:
        return [dict(row) for row in (await session.execute(query)).mappings()]


async def open_tour(client, anonymous_client, database, clock, *, kind=LinkKind.PERSONAL, language="en", **target):
    survey_id = await create_tour(client)
    token = await create_link(database, clock, survey_id, kind=kind, **target)
    return Respondent(anonymous_client, token, language=language)


async def test_answers_of_all_pages_become_one_response(client, anonymous, survey_database, clock):
    person = await open_tour(client, anonymous, survey_database, clock)
    first = await person.open()
    assert first.status_code == 200
    assert "Page 1 of 3" in first.text
    clock.advance(timedelta(seconds=20))
    await person.send(overall="1", recommend="3")
    assert 'name="q.trouble"' in person.page
    clock.advance(timedelta(seconds=10))
    await person.send(overall="1", recommend="3", trouble=["late", "rude"])
    await person.send(where="home", day__functional="like", day__dysfunctional="dislike")
    assert "How tidy" in person.page
    await person.send(tidy="2")
    done = await person.send(price="１２.5", free="多一点茶", quality__own="9", quality__competitor="2")
    assert done.url.path.endswith("/thank-you")
    assert "Thank you" in done.text
    (response,) = await rows(survey_database, RESPONSES)
    assert response["answers"] == {
        "overall": 1,
        "trouble": ["late", "rude"],
        "recommend": 3,
        "where": "home",
        "day": {"functional": "like", "dysfunctional": "dislike"},
        "tidy": 2,
        "quality": {"own": 9, "competitor": 2},
        "price": 12.5,
        "free": "多一点茶",
    }
    assert (response["customer_id"], response["mode"], response["seconds"]) == (CUSTOMER, "web", 30)
    assert len(await published_events(survey_database, "heed.response.received")) == 1
    assert await rows(survey_database, PARTIALS) == []


async def test_errors_are_beside_their_questions_and_at_the_top(client, anonymous, survey_database, clock):
    person = await open_tour(client, anonymous, survey_database, clock)
    await person.open()
    wrong = await person.send(overall="9")
    assert wrong.status_code == 422
    assert 'role="alert"' in wrong.text
    assert 'aria-describedby="q1-error"' in wrong.text
    assert "Please choose one of the values shown." in wrong.text
    assert '<a href="#q3-0">How likely are you to recommend us to a friend? – Please answer' in wrong.text
    assert "<title>Error: " in wrong.text
    assert await rows(survey_database, PARTIALS) == []
    assert "Page 2 of 3" in (await person.send(overall="4", recommend="9")).text


async def test_a_page_with_errors_shows_what_was_written(client, anonymous, survey_database, clock):
    person = await open_tour(client, anonymous, survey_database, clock)
    await person.open()
    await person.send(overall="4", recommend="9")
    await person.send(where="shop")
    again = await person.send(price="a lot", free="<b>tea</b>")
    assert again.status_code == 422
    assert 'value="a lot"' in again.text
    assert "&lt;b&gt;tea&lt;/b&gt;" in again.text


async def test_another_device_goes_on_where_the_first_one_stopped(client, anonymous, survey_database, clock):
    person = await open_tour(client, anonymous, survey_database, clock)
    await person.open()
    await person.send(overall="4", recommend="9")
    await person.send("back", where="home")
    other = Respondent(anonymous, person.token, language="zh")
    assert "总体而言" in (await other.open()).text
    assert 'value="4" id="q1-3" checked' in other.page
    await other.send(overall="5", recommend="9")
    assert 'value="home" id="q4-1" checked' in other.page


async def test_the_language_is_that_of_the_link_and_can_be_changed_on_every_page(
    client, anonymous, survey_database, clock
):
    person = await open_tour(client, anonymous, survey_database, clock, language="zh")
    assert 'lang="zh-Hans"' in (await person.open()).text
    await person.send(overall="4", recommend="9")
    english = await person.send("language", where="home")
    assert "Where was it repaired?" in english.text
    assert 'value="home" id="q4-1" checked' in english.text
    await person.send(where="shop")
    assert "What should we do better?" in person.page


async def test_a_link_in_a_language_opens_in_it(client, anonymous, survey_database, clock):
    person = await open_tour(client, anonymous, survey_database, clock, language="en")
    survey_id = (await rows(survey_database, text("SELECT survey_id FROM survey_link")))[0]["survey_id"]
    token = await create_link(survey_database, clock, survey_id, language="zh")
    assert 'lang="zh-Hans"' in (await Respondent(anonymous, token).open()).text
    assert 'lang="en"' in (await Respondent(anonymous, token).open(f"/s/{token}?lang=en")).text
    assert 'lang="en"' in (await person.open()).text


async def test_a_survey_in_one_language_has_no_switch(client, anonymous, survey_database, clock):
    item = {"code": "free", "text": {"zh": "有什么建议？"}, "type": "text", "measure": "other"}
    survey_id = await create_tour(client, title={"zh": "建议"}, sections=[{"items": [item]}])
    page = await Respondent(anonymous, await create_link(survey_database, clock, survey_id)).open()
    assert 'lang="zh-Hans"' in page.text
    assert "English" not in page.text


async def test_one_link_used_by_twenty_browsers_at_once_gives_one_response(client, anonymous, survey_database, clock):
    person = await open_tour(client, anonymous, survey_database, clock)
    await person.open()
    await person.send(overall="4", recommend="9")
    await person.send(where="shop")
    browsers = [Respondent(anonymous, person.token) for _ in range(20)]
    for browser in browsers:
        browser.page = person.page
    responses = await asyncio.gather(*(browser.send(free="tea") for browser in browsers))
    assert sorted(response.status_code for response in responses) == [200] + [410] * 19
    assert len(await rows(survey_database, RESPONSES)) == 1


async def test_a_used_link_confirms_that_the_answers_have_been_received(client, anonymous, survey_database, clock):
    person = await open_tour(client, anonymous, survey_database, clock)
    await person.fill_in()
    for language, words in (("en", "Your answers have been received."), ("zh", "我们已收到您的回答。")):
        again = await Respondent(anonymous, person.token, language=language).open()
        assert again.status_code == 410
        assert words in again.text


async def test_no_page_can_be_skipped(client, anonymous, survey_database, clock):
    person = await open_tour(client, anonymous, survey_database, clock)
    assert "Page 1 of 3" in (await person.open(f"/s/{person.token}?page=4")).text
    first = person.page
    person.page = first.replace('name="page" value="1"', 'name="page" value="4"').replace("overall", "free")
    await person.send(free="tea")
    assert "Page 1 of 3" in person.page
    assert await rows(survey_database, RESPONSES) == []


@pytest.mark.parametrize("path", ["/s/unknown", "/s/" + "A" * 32, "/s/" + "A" * 118, "/s/" + "%E4%B8%AD" * 32])
async def test_an_unknown_link_is_explained(anonymous, path):
    page = await anonymous.get(path, headers=HTML | {"Accept-Language": "zh"})
    assert page.status_code == 404
    assert "此链接无效" in page.text
    program = await anonymous.get(path, headers={"Accept": "application/json"})
    assert program.json()["code"] == "link_not_found"


async def test_pages_leave_no_trace_and_load_nothing_from_elsewhere(client, anonymous, survey_database, clock):
    person = await open_tour(client, anonymous, survey_database, clock)
    wrong = Respondent(anonymous, person.token)
    await wrong.open()
    pages = [await person.open(), await wrong.send(), await anonymous.get("/s/unknown", headers=HTML)]
    pages.append(await anonymous.get(f"/s/{person.token}/thank-you", headers=HTML))
    for page in pages:
        policy = page.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert "<script" not in page.text
        assert "http" not in page.text.replace("http-equiv", "")
        assert page.headers["referrer-policy"] == "no-referrer"
        assert page.headers["cache-control"] == "no-store"
        assert "set-cookie" not in page.headers


@pytest.mark.parametrize(
    "fields",
    [
        [("action", "explode")],
        [("page", "-1")],
        [("page", "9" * 20)],
        [("version", "one")],
        [("opened", "٣")],
        [("q.free", "%00")] * 6000,
    ],
)
async def test_a_form_that_no_page_of_ours_has_sent_is_refused(client, anonymous, survey_database, clock, fields):
    person = await open_tour(client, anonymous, survey_database, clock)
    response = await person.post(fields)
    assert response.status_code == 422
    assert "The form did not arrive whole" in response.text


async def test_a_page_of_another_type_or_size_is_refused(client, anonymous, survey_database, clock):
    person = await open_tour(client, anonymous, survey_database, clock)
    await person.open()
    json = await anonymous.post(f"/s/{person.token}", json={}, headers={"Accept": "application/json"})
    assert json.status_code == 415
    assert (await person.send(free="x" * 600_000)).status_code == 413
    person.page = ""
    await person.open()
    await person.send(overall="4", recommend="9")
    await person.send(where="shop")
    assert (await person.send(free="中" * 10_001)).status_code == 422
    assert (await person.send(free="中" * 10_000)).status_code == 200


async def test_many_pages_over_one_link_are_slowed_down(client, anonymous, survey_database, clock):
    person = await open_tour(client, anonymous, survey_database, clock)
    await person.open()
    responses = [await person.send("language") for _ in range(241)]
    assert {response.status_code for response in responses[:240]} == {200}
    assert responses[240].status_code == 429
    assert int(responses[240].headers["retry-after"]) >= 1
    assert "wait a moment" in responses[240].text


async def test_an_anonymous_response_leads_to_no_one(client, anonymous, survey_database, clock):
    survey = await create_anonymous(client, **BODY)
    async with survey_database.transaction() as session:
        signer = AnonymousSigner(b"x" * 32, survey_id=UUID(survey["id"]), wave=None)
        await links.publish_key(
            session, signer=signer, survey_id=UUID(survey["id"]), wave=None, expires_at=clock.now() + timedelta(days=30)
        )
    person = Respondent(anonymous, signer.draw())
    assert "Your answers are anonymous" in (await person.open()).text
    await person.send(overall="4", recommend="9")
    (partial,) = await rows(survey_database, PARTIALS)
    assert not [value for value in partial.values() if isinstance(value, datetime)]
    await person.send(where="shop")
    assert "Thank you" in (await person.send(free="tea")).text
    assert (await Respondent(anonymous, person.token).open()).status_code == 410
    assert await rows(survey_database, PARTIALS) == await rows(survey_database, RESPONSES) == []
    report = (await client.get(f"/v1/surveys/{survey['id']}/drop-off")).json()
    assert (report["rounded_to"], report["started"]) == (5, 0)
