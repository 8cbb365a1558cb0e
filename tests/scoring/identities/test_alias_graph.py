"""Who is whose member must not depend on the order in which the merges became known."""

from itertools import permutations
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from heed_scoring.identities.alias_graph import Alias, Aliases
from tests.examples import examples
from tests.scoring.factories import NOON

A, B, C, D = (UUID(int=number) for number in (1, 2, 3, 4))
people = [UUID(int=number) for number in range(1, 8)]
links = st.lists(
    st.tuples(st.sampled_from(people), st.none() | st.sampled_from(people)), max_size=20
)  # any merges, circles and merges with oneself among them


def alias(member: UUID, version: int, survivor: UUID | None) -> Alias:
    return Alias(member, version, survivor, NOON)


def roots(rows: list[Alias]) -> dict[UUID, UUID]:
    aliases = Aliases(rows)
    return {customer: aliases.root(customer) for customer in people}


@given(links, st.randoms(use_true_random=False))
@examples(200)
def test_merges_and_their_ends_come_in_any_order_and_more_than_once_and_end_the_same(merges, random):
    rows = [alias(member, version, survivor) for version, (member, survivor) in enumerate(merges, start=1)]
    arrived = random.sample(rows, len(rows)) + [row for row in rows if random.random() < 0.3]
    assert roots(arrived) == roots(rows)


@given(links)
@examples(200)
def test_every_member_of_a_family_has_the_same_root_and_it_is_one_of_them(merges):
    aliases = Aliases(alias(member, version, survivor) for version, (member, survivor) in enumerate(merges, start=1))
    families = aliases.families(people)
    assert sorted(member for members in families.values() for member in members) == people
    for root, members in families.items():
        assert root in members
        assert {aliases.root(member) for member in members} == {root}
        assert set(aliases.family(root)) == set(members)


def test_a_chain_is_followed_to_its_end_and_breaks_where_it_is_broken():
    rows = [alias(A, 2, B), alias(B, 2, C), alias(C, 2, D)]
    assert roots(rows)[A] == D
    for merges in permutations([*rows, alias(B, 3, None)]):
        assert [roots(list(merges))[customer] for customer in (A, B, C, D)] == [B, B, D, D]


def test_an_end_that_comes_before_its_merge_ends_it_all_the_same():
    assert roots([alias(A, 3, None), alias(A, 2, B)])[A] == A


def test_half_a_story_that_closes_a_circle_has_one_root_until_the_other_half_is_here():
    circle = [alias(A, 2, B), alias(B, 2, A), alias(C, 2, B)]
    assert {roots(circle)[customer] for customer in (A, B, C)} == {A}
    assert [roots([*circle, alias(A, 3, None)])[customer] for customer in (A, B, C)] == [A, A, A]
    assert [roots([*circle, alias(B, 3, None)])[customer] for customer in (A, B, C)] == [B, B, B]
