"""Who knows a customer knows more than when they answered: by phone or on the web, in which wave, where they shop.

The attacker knows all of that, and looks at each group that becomes visible: a response that is the only one of its
kind among so many people is that of the only customer of this kind who has answered.
"""

import random
from collections import Counter
from datetime import timedelta

import pytest

from heed_common.occurrence import DEFAULT_EARLIEST
from heed_survey.responses import service as responses
from heed_survey.responses.rules import NO_DESIGN, Design, Mode, NewResponse
from tests.survey.anonymity.study import BODY, release
from tests.survey.factories import STUDY, create_published

pytestmark = [pytest.mark.asyncio, pytest.mark.slow]

KINDS = [
    (mode, wave, Design(cluster=cluster) if cluster else NO_DESIGN)
    for mode in (Mode.WEB, Mode.PHONE)
    for wave in ("spring", "autumn")
    for cluster in (None, "shop 1", "shop 2")
]
GROUPS = """
    SELECT array_agg(CAST((mode, wave, cluster) AS text)) FROM response
    GROUP BY CAST(CAST(xmin AS text) AS bigint)
"""


async def answer(database, survey, kind, *, now):
    mode, wave, design = kind
    new = NewResponse({"overall": 3, "comment": "Fine"}, mode=mode, wave=wave, design=design)
    async with database.transaction() as session:
        await responses.record_response(session, survey_id=survey["id"], new=new, earliest=DEFAULT_EARLIEST, now=now)


async def visible_groups(attacker):
    """Return for each group that became visible how many responses of each kind it has."""
    return [Counter(kinds) for (kinds,) in await attacker.query(GROUPS)]


async def test_no_group_has_few_of_a_kind(client, survey_database, clock, attacker):
    """90 people of twelve kinds, of which some are rare; what is rare is shown without its place, or never."""
    survey = await create_published(client, anonymous=True, study=STUDY, **BODY)
    for kind in random.choices(KINDS, weights=range(1, 1 + len(KINDS)), k=90):
        await answer(survey_database, survey, kind, now=clock.now())
        await release(survey_database, clock)
        clock.advance(timedelta(minutes=7))
    await client.post(f"/v1/surveys/{survey['id']}/close")
    await release(survey_database, clock)
    groups = await visible_groups(attacker)
    assert min(count for group in groups for count in group.values()) >= 5
    assert sum(group.total() for group in groups) >= 90 - 4 * 4


async def test_the_first_answer_of_a_new_wave_waits_for_others(client, survey_database, clock, attacker):
    survey = await create_published(client, anonymous=True, study=STUDY, **BODY)
    spring, autumn = (Mode.WEB, "spring", NO_DESIGN), (Mode.WEB, "autumn", NO_DESIGN)
    for kind in [*[spring] * 14, autumn, spring, *[autumn] * 3]:
        await answer(survey_database, survey, kind, now=clock.now())
        await release(survey_database, clock)
    assert {kind.split(",")[1] for group in await visible_groups(attacker) for kind in group} == {"spring"}
    await answer(survey_database, survey, autumn, now=clock.now())
    await release(survey_database, clock)
    assert {"(web,autumn,)": 5} in await visible_groups(attacker)


async def test_control_random_groups_of_five_single_people_out():
    """Groups of at least five, whatever their kind, as many staying behind."""
    pool, singled_out = [], 0
    for kind in random.choices(KINDS, k=180):
        pool.append(kind)
        if len(pool) == 10:
            random.shuffle(pool)
            singled_out += sum(count < 5 for count in Counter(pool[:5]).values())
            del pool[:5]
    assert singled_out > 50
