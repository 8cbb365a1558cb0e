"""What a customer had experienced by the time of an answer, whatever came later and in whatever order it arrived."""

from datetime import timedelta
from itertools import permutations
from uuid import uuid4

import pytest

from heed_common.contracts.complaint import CaseKind, SLABreachWithdrawn
from heed_common.contracts.customer import CustomerMerged
from heed_survey.call_backs.facts import service
from heed_survey.call_backs.facts.rules import Fact, Respondent
from tests.conftest import NOON
from tests.scoring.factories import received
from tests.survey.call_backs.facts.cases import DAY, Case, receive, settled

pytestmark = pytest.mark.asyncio
MICROSECOND = timedelta(microseconds=1)
KNOWN = {Fact.DEADLINE, Fact.MILESTONES, Fact.FIRST_TIME_FIX, Fact.REMEDY}


async def experience(database, customer_id, *, complaint_id=None, day=0.0, confidential=False):
    """Return the complaint that an answer belongs to, and its facts."""
    response_id = uuid4()
    respondent = Respondent(response_id, customer_id, complaint_id, NOON + day * DAY)
    async with database.transaction() as session:
        found = await service.experiences(session, [respondent], confidential=confidential)
    return found.get(response_id, (None, {}))


async def test_a_complaint_that_was_completed_once_and_in_time_met_all_that_was_due(survey_database):
    case = Case(uuid4()).promise(day=-3, met=True).complete(day=-2)
    await receive(survey_database, *case.events)
    found = await experience(survey_database, case.fields["customer_id"])
    met = {Fact.DEADLINE: True, Fact.MILESTONES: True, Fact.FIRST_TIME_FIX: True, Fact.PROMISE: True}
    assert found == (case.id, met | {Fact.REMEDY: False})


async def test_what_is_late_reopened_broken_or_remedied_is_known_as_such(survey_database):
    customer = uuid4()
    case = Case(customer).complete(day=-9).reopen(day=-8).promise(day=-7, met=True).promise(day=-6, met=False)
    case.complete(day=-5, within=False, breached=("first_contact",)).remedy(day=-4)
    await receive(survey_database, *case.events)
    missed = dict.fromkeys((Fact.DEADLINE, Fact.MILESTONES, Fact.FIRST_TIME_FIX, Fact.PROMISE), False)
    assert await experience(survey_database, customer) == (case.id, missed | {Fact.REMEDY: True})


async def test_what_comes_after_the_answer_does_not_count(survey_database):
    customer = uuid4()
    case = Case(customer).complete(day=-1).reopen(day=1).promise(day=2, met=False).remedy(day=3)
    case.complete(day=4, within=False)
    await receive(survey_database, *case.events)
    expected = {Fact.DEADLINE: True, Fact.MILESTONES: True, Fact.FIRST_TIME_FIX: True, Fact.REMEDY: False}
    assert await experience(survey_database, customer) == (case.id, expected)
    assert (await experience(survey_database, customer, day=5))[1] == dict.fromkeys(
        (Fact.MILESTONES, Fact.REMEDY), True
    ) | dict.fromkeys((Fact.DEADLINE, Fact.FIRST_TIME_FIX, Fact.PROMISE), False)


async def test_a_completion_that_was_undone_before_the_answer_was_no_first_time_fix(survey_database):
    case = Case(uuid4()).complete(day=-2).reopen(day=-1)
    await receive(survey_database, *case.events)
    found = await experience(survey_database, case.fields["customer_id"])
    assert (found.complaint_id, found.facts[Fact.FIRST_TIME_FIX], found.facts[Fact.DEADLINE]) == (case.id, False, True)


async def test_facts_are_the_same_in_any_order_of_arrival(survey_database):
    seen = []
    for order in permutations(range(4)):
        case = Case(uuid4()).complete(day=-9).reopen(day=-8).promise(day=-7, met=True).complete(day=-5, within=False)
        for index in order:
            await receive(survey_database, case.events[index], case.events[index])
        seen.append((await experience(survey_database, case.fields["customer_id"])).facts)
    assert len(seen) == 24
    assert all(facts == seen[0] for facts in seen)
    assert (seen[0][Fact.DEADLINE], seen[0][Fact.PROMISE]) == (False, True)


async def test_a_corrected_deadline_corrects_the_fact(survey_database):
    case = Case(uuid4()).complete(day=-2, within=False, breached=("resolution",))
    case.add(SLABreachWithdrawn, day=1, milestone="resolution", completed_at=NOON - 2 * DAY, within_target=True)
    await receive(survey_database, *case.events)
    found = await experience(survey_database, case.fields["customer_id"])
    assert (found.facts[Fact.DEADLINE], found.facts[Fact.MILESTONES]) == (True, True)


async def test_of_several_complaints_the_last_completed_before_the_answer_counts(survey_database):
    customer = uuid4()
    cases = [Case(customer).complete(day=day, within=day == -2) for day in (-9, -2, -5, 1)]
    await receive(survey_database, *(event for case in cases for event in case.events))
    found = await experience(survey_database, customer)
    assert (found.complaint_id, found.facts[Fact.DEADLINE]) == (cases[1].id, True)


async def test_an_answer_to_a_call_back_belongs_to_its_complaint(survey_database):
    customer = uuid4()
    first, second = Case(customer).complete(day=-100, within=False), Case(customer).complete(day=-1)
    await receive(survey_database, *first.events, *second.events)
    found = await experience(survey_database, customer, complaint_id=first.id)
    assert (found.complaint_id, found.facts[Fact.DEADLINE]) == (first.id, False)


async def test_a_completion_within_ninety_days_before_the_answer_counts(survey_database):
    customers = {}
    for day, shift in ((-90, MICROSECOND), (-90, timedelta(0)), (0, timedelta(0)), (0, MICROSECOND)):
        customers[day, shift] = uuid4()
        case = Case(customers[day, shift]).complete(day=day + shift / DAY, completed_at=NOON + day * DAY + shift)
        await receive(survey_database, *case.events)
    found = [(await experience(survey_database, customer))[0] is not None for customer in customers.values()]
    assert found == [True, False, True, False]


async def test_complaints_of_merged_customers_are_those_of_one(survey_database):
    duplicate, survivor = uuid4(), uuid4()
    case = Case(duplicate).complete(day=-2)
    merge = CustomerMerged(occurred_at=NOON, customer_id=duplicate, survivor_id=survivor)
    await receive(survey_database, *case.events, received(merge))
    assert (await experience(survey_database, survivor))[0] == case.id


async def test_confidential_complaints_are_read_on_request_only(survey_database):
    customer = uuid4()
    case = Case(customer, confidential=True).complete(day=-2)
    await receive(survey_database, *case.events)
    for complaint_id in (None, case.id):
        assert await experience(survey_database, customer, complaint_id=complaint_id) == (None, {})
        found = await experience(survey_database, customer, complaint_id=complaint_id, confidential=True)
        assert found.facts.keys() == KNOWN


async def test_praise_and_merged_complaints_have_no_facts(survey_database):
    customer = uuid4()
    praise, merged = Case(customer, kind=CaseKind.PRAISE), Case(customer, merged_into=uuid4())
    await receive(survey_database, *praise.complete(day=-2).events, *merged.complete(day=-2).events)
    assert await experience(survey_database, customer) == (None, {})


@pytest.mark.parametrize(
    ("own", "of_complaint", "expected"),
    [((True,), (), True), ((True, False), (), False), ((True,), (False,), False), ((False,), (True,), False)],
)
async def test_promises_outside_of_complaints_count_beside_those_on_it(survey_database, own, of_complaint, expected):
    customer = uuid4()
    case = Case(customer).complete(day=-2)
    for met in of_complaint:
        case.promise(day=-3, met=met)
    promises = [settled(customer, day=-4, met=met) for met in own]
    await receive(survey_database, *case.events, *promises, settled(customer, day=1, met=False))
    assert (await experience(survey_database, customer)).facts[Fact.PROMISE] is expected


async def test_a_customer_without_a_complaint_may_have_a_promise(survey_database):
    customer = uuid4()
    await receive(survey_database, settled(customer, day=-4, met=False), settled(customer, day=-91, met=True))
    assert await experience(survey_database, customer) == (None, {Fact.PROMISE: False})
