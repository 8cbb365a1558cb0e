"""Closed, expired, changed: what a respondent sees instead of the form."""

from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import text

from heed_survey.invitations.links import service as links
from heed_survey.invitations.links.rules import LinkKind, LinkTarget
from tests.survey.collection.browser import CUSTOMER, Respondent, create_link, create_tour
from tests.survey.collection.tour import BODY, SECTIONS, TITLE
from tests.survey.factories import STUDY, create_draft
from tests.survey.invitations.factories import invite, list_invitations

pytestmark = pytest.mark.asyncio


async def test_an_expired_link_is_explained_kindly(client, anonymous, survey_database, clock):
    survey_id = await create_tour(client)
    async with survey_database.transaction() as session:
        issued = await links.create_link(
            session,
            kind=LinkKind.PERSONAL,
            target=LinkTarget(survey_id=survey_id),
            expires_at=clock.now() + timedelta(days=1),
            now=clock.now(),
        )
    assert (await Respondent(anonymous, issued.token).open()).status_code == 200
    clock.advance(timedelta(days=1))
    for language, words in (("en", "The time for answering has passed"), ("zh", "作答时间已过")):
        page = await Respondent(anonymous, issued.token, language=language).open()
        assert page.status_code == 410
        assert words in page.text


async def test_a_closed_survey_takes_no_more_answers(client, anonymous, survey_database, clock):
    survey_id = await create_tour(client)
    person = Respondent(anonymous, await create_link(survey_database, clock, survey_id))
    await person.open()
    assert (await client.post(f"/v1/surveys/{survey_id}/close")).status_code == 200
    sent = await person.send(overall="4", recommend="9")
    assert sent.status_code == 409
    assert "This survey has ended" in sent.text
    assert "本次调查已经结束" in (await Respondent(anonymous, person.token, language="zh").open()).text


async def test_a_draft_is_not_shown_yet(client, anonymous, survey_database, clock):
    draft = await create_draft(client, **BODY)
    page = await Respondent(anonymous, await create_link(survey_database, clock, draft["id"])).open()
    assert page.status_code == 409
    assert "has not begun yet" in page.text


async def test_a_new_version_takes_over_the_answers_to_the_same_questions(client, anonymous, survey_database, clock):
    survey_id = await create_tour(client)
    person = Respondent(anonymous, await create_link(survey_database, clock, survey_id))
    await person.open()
    await person.send(overall="4", recommend="9")
    await publish_revision(client, survey_id)
    late = await person.send(where="shop")
    assert late.status_code == 409
    assert "The questions have changed" in late.text
    assert (await person.open(f"/s/{person.token}")).status_code == 409
    await person.send("restart")
    assert 'value="4" id="q1-3" checked' in person.page
    assert 'name="q.recommend"' not in person.page
    await person.send(overall="5")
    await person.send(where="shop")
    assert "Thank you" in (await person.send(free="tea")).text
    async with survey_database.transaction() as session:
        (row,) = (await session.execute(text("SELECT survey_version, answers FROM response"))).all()
    assert tuple(row) == (2, {"overall": 5, "where": "shop", "free": "tea"})


async def publish_revision(client, survey_id) -> None:
    """Publish a version without the second question of the first page."""
    revision = await client.post(f"/v1/surveys/{survey_id}/revise", json={"changes": "shorter", "reason": "shorter"})
    assert revision.status_code in (200, 201), revision.text
    first = {"items": [item for item in SECTIONS[0]["items"] if item["code"] == "overall"]}
    headers = {"If-Match": revision.headers["etag"]}
    changed = await client.patch(
        f"/v1/surveys/{survey_id}", json={"title": TITLE, "sections": [first, *SECTIONS[1:]]}, headers=headers
    )
    assert changed.status_code == 200, changed.text
    published = await client.post(f"/v1/surveys/{survey_id}/publish")
    assert published.status_code == 200, published.text


async def test_a_full_quota_thanks_and_stores_no_answer(client, anonymous, survey_database, clock):
    quota = {"name": "all", "when": {"field": "recommend", "op": "ge", "value": 0}, "limit": 1}
    survey_id = await create_tour(client, quotas=[quota], study=STUDY)
    await invite(client, {"id": str(survey_id)}, [str(CUSTOMER)])
    (invitation,) = await list_invitations(client, {"id": str(survey_id)})
    target = {"invitation_id": invitation["id"]}
    other = await create_link(survey_database, clock, survey_id, customer_id=uuid4())
    await Respondent(anonymous, other).fill_in()
    late = Respondent(anonymous, await create_link(survey_database, clock, survey_id, **target))
    full = await late.fill_in()
    assert full.status_code == 409
    assert "Thank you for your interest" in full.text
    async with survey_database.transaction() as session:
        stored = await session.execute(text("SELECT (SELECT count(*) FROM response), count(*) FROM partial_response"))
        assert stored.one() == (1, 0)
    (ended,) = await list_invitations(client, {"id": str(survey_id)})
    assert (ended["state"], ended["disposition"]) == ("ineligible", "quota_full")


async def test_an_invitation_that_was_begun_counts_as_started(client, anonymous, survey_database, clock):
    survey_id = await create_tour(client)
    await invite(client, {"id": str(survey_id)}, [str(CUSTOMER)])
    (invitation,) = await list_invitations(client, {"id": str(survey_id)})
    token = await create_link(survey_database, clock, survey_id, invitation_id=invitation["id"])
    person = Respondent(anonymous, token)
    await person.open()
    assert await states(client, survey_id) == ["queued"]
    await person.send(overall="4", recommend="9")
    assert await states(client, survey_id) == ["started"]
    await person.send(where="shop")
    await person.send()
    assert await states(client, survey_id) == ["answered"]


async def states(client, survey_id) -> list[str]:
    return [invitation["state"] for invitation in await list_invitations(client, {"id": str(survey_id)})]
