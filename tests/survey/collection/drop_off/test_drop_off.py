"""At which question respondents leave the form."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heed_survey.collection.drop_off.rules import DropOff, ItemCounts, add_counts, count_forms, disclosed
from heed_survey.collection.partials.rules import Reach
from tests.survey.collection.browser import Respondent, create_link, create_tour

COUNTS = st.builds(ItemCounts, st.integers(0, 50), st.integers(0, 50), st.integers(0, 50))


@pytest.mark.asyncio
async def test_each_question_has_what_was_shown_answered_and_left(client, anonymous, survey_database, clock):
    survey_id = await create_tour(client)

    async def person() -> Respondent:
        return Respondent(anonymous, await create_link(survey_database, clock, survey_id))

    await (await person()).fill_in()
    stopped = await person()
    await stopped.open()
    await stopped.send(overall="1", recommend="9")
    stopped = await person()
    await stopped.open()
    await stopped.send(overall="4", recommend="9")
    await stopped.send(where="home")
    await (await person()).open()

    report = (await client.get(f"/v1/surveys/{survey_id}/drop-off")).json()
    assert (report["started"], report["completed"], report["in_progress"]) == (3, 1, 2)
    by_code = {item.pop("code"): tuple(item.values()) for item in report["items"]}
    assert by_code["overall"] == (3, 3, 0)
    assert by_code["trouble"] == (1, 0, 1)
    assert by_code["where"] == (2, 2, 0)
    assert by_code["tidy"] == (1, 0, 1)
    assert by_code["free"] == (1, 1, 0)
    assert by_code["day"] == (2, 0, 0)


@given(st.dictionaries(st.sampled_from("abc"), COUNTS), st.integers(3, 10))
def test_counts_of_an_anonymous_survey_are_multiples_of_the_smallest_group(items, min_group):
    report = DropOff(1, 17, 4, 9, items)
    shown = disclosed(report, anonymous=True, min_group=min_group)
    for code, counts in shown.items.items():
        for name in ("shown", "answered", "left"):
            count, true = getattr(counts, name), getattr(items[code], name)
            assert count % min_group == 0
            assert true - min_group < count <= true
    assert disclosed(report, anonymous=False, min_group=min_group) == report


@given(st.lists(st.sets(st.sampled_from("abcd"), min_size=1)))
def test_each_form_is_left_at_one_question(forms):
    reaches = [Reach(tuple(sorted(shown)), tuple(sorted(shown))[:-1], max(shown)) for shown in forms]
    counts = count_forms(reaches)
    assert sum(item.left for item in counts.values()) == len(forms)
    assert add_counts(counts, {}) == counts
    assert all(item.left <= item.shown and item.answered <= item.shown for item in counts.values())
