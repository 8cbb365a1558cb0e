"""Report on fairness: similar complaints of different customers."""

from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import kruskal

from heed_complaint.reporting.reports.fairness import rules
from heed_complaint.reporting.reports.fairness.rules import build_sample, compare_groups, most_significant
from tests.complaint.reporting.reports.cases import ACCEPT

pytestmark = pytest.mark.asyncio


class Cell(NamedTuple):
    seconds: list[float] | None
    given: list[float] | None
    tier: str | None = None
    customer_kind: str | None = None
    region: str | None = None
    category: str = "product"
    severity: str = "minor"
    open: int = 0


async def test_one_kind_of_complaint_is_compared_as_by_kruskal_and_wallis():
    quick, slow = [float(one) for one in range(1, 11)], [float(one) for one in range(8, 20)]
    cells = [Cell(quick, [0.0] * 10, tier="A"), Cell(slow, [0.0] * 12, tier="D")]
    found = {(one.dimension, one.outcome): one for one in compare_groups(build_sample(cells))}
    time = found["tier", "time"]
    assert time.test.p == pytest.approx(kruskal(quick, slow).pvalue)
    assert time.significant
    assert time.percentile("A") < 0.5 < time.percentile("D")
    # No customer was given anything, and nothing is known of the region: no test, so nothing to correct for.
    assert found["tier", "remedy"].test.compared == found["region", "time"].test.compared == 0
    assert time.p_adjusted == time.test.p


async def test_harder_complaints_do_not_look_like_worse_treatment():
    cells = [
        Cell([1.0, 2, 3, 4] * 5, [0.0] * 20, tier="A", severity="minor"),
        Cell([1.0, 2, 3, 4] * 2, [0.0] * 8, tier="D", severity="minor"),
        Cell([100.0, 200, 300, 400] * 2, [0.0] * 8, tier="A", severity="critical"),
        Cell([100.0, 200, 300, 400] * 5, [0.0] * 20, tier="D", severity="critical"),
    ]
    compared = compare_groups(build_sample(cells))
    assert most_significant(compared) is None
    assert compared[0].percentile("A") == pytest.approx(0.5)


async def test_a_small_group_is_not_tested():
    cells = [Cell([1.0] * 4, [0.0] * 4, tier="A"), Cell([float(n) for n in range(9)], [0.0] * 9, tier="B")]
    assert compare_groups(build_sample(cells))[0].names == ("B",)
    assert compare_groups(build_sample(cells))[0].percentile("A") is None


cells = st.lists(
    st.builds(
        lambda numbers, tier, region, category: Cell(numbers, numbers[::-1], tier, None, region, category),
        st.lists(st.integers(1, 50).map(float), min_size=1, max_size=12),
        st.sampled_from(["A", "B", None]),
        st.sampled_from(["north", "south", "west"]),
        st.sampled_from(["product", "billing"]),
    ),
    max_size=12,
)  # fmt: skip


@given(cells, st.randoms())
async def test_the_order_of_the_complaints_does_not_matter(found, random):
    other = found.copy()
    random.shuffle(other)
    one, two = compare_groups(build_sample(found)), compare_groups(build_sample(other))
    assert [test.p_adjusted for test in one] == pytest.approx([test.p_adjusted for test in two])
    assert all(test.p_adjusted >= test.test.p - 1e-12 for test in one)
    assert {test.dimension for test in one} == set(rules.DIMENSIONS)


async def test_tiers_that_wait_longer_are_the_finding_with_their_numbers(past, report):
    customers = {tier: await past.customer(tier=tier, region="north", kind="individual") for tier in ("A", "D")}
    for number in range(1, 7):
        await past.resolved(hours=number / 10, customer_id=customers["A"])
        slow = await past.resolved(hours=20 + number, customer_id=customers["D"])
        await past.remedy(slow, "12")
    await past.complaint((ACCEPT, 0), customer_id=customers["D"])
    await past.resolved()
    result = await report("fairness")
    assert (result["resolved"], result["like"], result["unknown"]) == (
        13, 1, {"tier": 1, "customer_kind": 1, "region": 1},
    )  # fmt: skip
    tiers = {item["code"]: item for item in result["items"] if item["dimension"] == "tier"}
    assert [(tiers[tier]["resolved"], tiers[tier]["open"]) for tier in "AD"] == [(6, 0), (6, 1)]
    assert [tiers[tier]["median_seconds"] for tier in "AD"] == [1080, 23 * 3600]
    assert [tiers[tier]["mean_remedy"] for tier in "AD"] == ["0.00", "12.00"]
    assert tiers["A"]["time_place"] == 0.25
    assert result["finding"].startswith(
        ("Like complaints take longest for tier D", "On like complaints tier D are given")
    )
    test = next(test for test in result["tests"] if (test["dimension"], test["outcome"]) == ("tier", "time"))
    assert (test["significant"], test["compared"], test["degrees"]) == (True, 12, 1)


async def test_equal_treatment_is_the_finding(past, report):
    customers = [await past.customer(region=region) for region in ("north", "south")]
    for number in range(1, 7):
        for customer in customers:
            await past.resolved(hours=number, customer_id=customer)
    assert (await report("fairness"))["finding"] == "Like complaints are treated alike: no group differs beyond chance"
