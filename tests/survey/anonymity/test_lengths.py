"""Encrypted answers have a length, and forms a shape: neither may depend on what was answered.

The attacker reads the partial answers of each person just before they are sent, and the pool after each response. It
knows whose link that is. After the release it pairs lengths, and the questions that were shown, with the responses.
"""

import pytest

from heed_survey.collection.partials.rules import FormKey, Sealed, seal
from heed_survey.invitations.links.rules import parse_signed
from heed_survey.responses.answers import MAX_TEXT
from tests.survey.anonymity.chance import compare
from tests.survey.anonymity.study import BODY, MAX_WORDS, PEOPLE, Person, send_links
from tests.survey.collection.browser import Respondent, create_link
from tests.survey.factories import create_published

pytestmark = pytest.mark.slow

VARYING = {"key_hash", "sealed"}
"""Random, or the hash of a random number."""


def spread(people):
    """Give the people comments of clearly different lengths, in a random order."""
    for number, person in enumerate(sorted(people, key=lambda each: each.marker)):
        person.words = number * MAX_WORDS // len(people)
    return people


def by_length(people, length):
    """Pair the people, by what was stored of them, with the responses by the length of their comments."""
    guessed = [person.marker for person in sorted(people, key=length)]
    return compare([(guessed, [person.marker for person in sorted(people, key=lambda each: len(each.comment))])])


@pytest.mark.asyncio
async def test_partial_answers_of_all_people_look_the_same(client, anonymous, mailing, attacker):
    study = await send_links(client, mailing, people=6)
    study.people[0].overall, study.people[1].overall = 1, 5
    stored = []

    async def look(person):
        (row,) = await attacker.rows("partial_response")
        assert row["key_hash"] == parse_signed(person.token).hash
        stored.append({name: value for name, value in row.items() if name not in VARYING} | {"l": len(row["sealed"])})

    for person in spread(study.people):
        await person.fill_in(anonymous, before_sending=look)
    assert len({person.is_unhappy for person in study.people}) == 2
    assert all(row == stored[0] for row in stored)
    assert (stored[0]["shown"], stored[0]["answered"], stored[0]["left_at"]) == ([], [], "")
    assert await attacker.rows("partial_response") == []


def test_control_sealed_answers_of_their_own_length_tie_everyone():
    people = spread([Person("") for _ in range(PEOPLE)])
    for person in people:
        person.overall = 3
    key = FormKey(bytes(32), "a token")
    assert by_length(people, lambda person: len(seal(Sealed(3, 0, person.answers), key))).is_complete


@pytest.mark.asyncio
async def test_control_the_questions_that_were_shown_are_the_answer_to_the_one_before(
    client, anonymous, survey_database, clock, attacker
):
    """Partial answers of other surveys show them, for the drop-off."""
    survey = await create_published(client, **BODY)
    people = [Person("", overall=overall) for overall in (1, 2, 3, 4)]

    async def look(person):
        (row,) = await attacker.rows("partial_response")
        assert ("why" in row["shown"]) == person.is_unhappy

    for person in people:
        person.token = await create_link(survey_database, clock, survey["id"])
        await person.fill_in(anonymous, before_sending=look)


@pytest.mark.asyncio
async def test_the_pool_has_one_length_whatever_was_written(client, anonymous, mailing, attacker):
    study = await send_links(client, mailing, people=5)
    study.people[2].words = (MAX_TEXT - 30) // len(" word")
    lengths = []
    for person in study.people:
        await person.fill_in(anonymous)
        (pool,) = await attacker.rows("response_pool")
        lengths.append(len(pool["responses"]))
    assert len(set(lengths)) == 1


def test_control_a_pool_without_padding_shows_each_length():
    people, entries, growth = spread([Person("") for _ in range(PEOPLE)]), [], {}
    for person in people:
        before = len(str(entries))
        entries.append(person.answers)
        growth[person.marker] = len(str(entries)) - before
    assert not by_length(people, lambda person: growth[person.marker]).is_chance


@pytest.mark.asyncio
async def test_a_form_has_one_length_however_much_is_written_into_it(client, anonymous, mailing, attacker):
    study = await send_links(client, mailing, people=5)
    form, lengths = Respondent(anonymous, study.people[0].token), set()
    await form.open()
    await form.send(overall="3")
    for words in (0, 50, 1500):
        await form.send("language", comment="x" + " word" * words)
        (row,) = await attacker.rows("partial_response")
        lengths.add(len(row["sealed"]))
    assert len(lengths) == 1
