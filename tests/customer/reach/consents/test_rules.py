from datetime import date, timedelta
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from heed_common.contracts.customer import ConsentPurpose
from heed_customer.reach.consents.rules import ConsentStatus, Decision, consent, decides_alone_from
from tests.conftest import NOON

MEMBERS = [UUID(int=number) for number in range(1, 4)]
DAY = timedelta(days=1)
NEEDS_GRANT = [purpose for purpose in ConsentPurpose if purpose is not ConsentPurpose.SERVICE]

moments = st.integers(-50, -1).map(lambda days: NOON + days * DAY)


@st.composite
def decisions(draw, member: UUID) -> Decision:
    recorded_at = draw(moments)
    return Decision(
        id=draw(st.uuids()),
        customer_id=member,
        granted=draw(st.booleans()),
        valid_from=recorded_at,
        valid_to=draw(st.none() | st.integers(1, 80).map(lambda days: recorded_at + days * DAY)),
        replaces_of=frozenset(draw(st.sets(st.sampled_from(MEMBERS)))) - {member},
        recorded_at=recorded_at,
        by_guardian=draw(st.booleans()),
    )


families = st.sets(st.sampled_from(MEMBERS)).flatmap(
    lambda members: st.tuples(*(decisions(member) for member in sorted(members)))
)
purposes = st.sampled_from(ConsentPurpose)


def decision(member: UUID = MEMBERS[0], *, granted: bool = True, days_ago: int = 1, **overrides) -> Decision:
    at = NOON - days_ago * DAY
    fields = {"valid_to": None, "replaces_of": frozenset(), "recorded_at": at, "valid_from": at} | overrides
    return Decision(id=UUID(int=days_ago), customer_id=member, granted=granted, **fields)


@given(purposes, families, st.booleans())
def test_only_service_is_allowed_without_a_grant_that_counts(purpose, family, minor):
    found = consent(purpose, family, minor=minor, now=NOON)
    granted = [each for each in family if each.granted and each.status(now=NOON) is ConsentStatus.GRANTED]
    if found.allowed and purpose is not ConsentPurpose.SERVICE:
        assert found.decision in granted
    if purpose is ConsentPurpose.SERVICE and not family:
        assert found.allowed


@given(purposes, families, st.booleans())
def test_no_refusal_counts_less_because_others_are_merged_with_the_customer(purpose, family, minor):
    together = consent(purpose, family, minor=minor, now=NOON)
    unreplaced = [each for each in family if not any(each.customer_id in other.replaces_of for other in family)]
    if any(each.status(now=NOON) is ConsentStatus.REFUSED for each in unreplaced):
        assert (together.status, together.allowed) == (ConsentStatus.REFUSED, False)


@given(purposes, families, st.booleans(), st.booleans())
def test_the_newest_decision_counts_alone_if_it_replaces_all_others(purpose, family, minor, granted):
    newest = decision(UUID(int=9), granted=granted, days_ago=0, replaces_of=frozenset(MEMBERS), by_guardian=True)
    found = consent(purpose, [*family, newest], minor=minor, now=NOON + timedelta(seconds=1))
    assert (found.decision, found.allowed) == (newest, granted)


@given(purposes, families, st.booleans())
def test_the_order_of_the_rows_makes_no_difference(purpose, family, minor):
    forwards = consent(purpose, family, minor=minor, now=NOON)
    backwards = consent(purpose, family[::-1], minor=minor, now=NOON)
    assert (forwards.allowed, forwards.status) == (backwards.allowed, backwards.status)


def test_a_grant_ends_with_its_validity_even_for_service():
    for purpose in ConsentPurpose:
        ended = decision(days_ago=3, valid_to=NOON)
        assert consent(purpose, [ended], minor=False, now=NOON - timedelta(seconds=1)).allowed
        found = consent(purpose, [ended], minor=False, now=NOON)
        assert (found.status, found.allowed) == (ConsentStatus.EXPIRED, False)


def test_a_refusal_for_a_time_leaves_the_matter_undecided():
    ended = decision(granted=False, days_ago=3, valid_to=NOON)
    before = consent(ConsentPurpose.SERVICE, [ended], minor=False, now=NOON - timedelta(seconds=1))
    assert (before.allowed, before.refused_until) == (False, NOON)
    assert consent(ConsentPurpose.SERVICE, [ended], minor=False, now=NOON).allowed
    assert not consent(ConsentPurpose.SURVEY, [ended], minor=False, now=NOON).allowed


def test_a_child_is_profiled_only_with_the_consent_of_a_guardian():
    alone, guarded = decision(), decision(by_guardian=True)
    for purpose in (ConsentPurpose.PROFILING, ConsentPurpose.SENSITIVE):
        found = consent(purpose, [alone], minor=True, now=NOON)
        assert (found.allowed, found.needs_guardian) == (False, True)
        assert consent(purpose, [guarded], minor=True, now=NOON).allowed
        assert consent(purpose, [alone], minor=False, now=NOON).allowed
    assert consent(ConsentPurpose.MARKETING, [alone], minor=True, now=NOON).allowed


def test_a_child_decides_alone_from_the_fourteenth_birthday():
    assert decides_alone_from(date(2012, 3, 2)) == date(2026, 3, 2)
    assert decides_alone_from(date(2012, 2, 29)) == date(2026, 3, 1)
