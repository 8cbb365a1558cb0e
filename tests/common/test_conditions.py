"""One language of conditions for policies, acceptance rules, playbooks and segments."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heed_common.condition_values import BOOLEAN, FREE_TEXT, MOMENT, NUMBER, TEXT, TEXTS, choice, ordered_choice
from heed_common.conditions import MAX_DEPTH, MAX_PARTS, MAX_VALUES, All, AnyOf, ConditionError, Not, parse
from heed_common.http import problem_document

FIELDS = {
    "customer.tier": ordered_choice("D", "C", "B", "A"),
    "customer.region": TEXT,
    "customer.tags": TEXTS,
    "complaint.product": FREE_TEXT,
    "customer.role": choice("final", "intermediary"),
    "complaint.amount": NUMBER,
    "complaint.regulator": BOOLEAN,
    "complaint.received_at": MOMENT,
}
MARCH = datetime(2026, 3, 2, 12, tzinfo=UTC)
VALUES = {
    "customer.tier": st.sampled_from("ABCD"),
    "customer.region": st.sampled_from(["North", "North West", "南"]),
    "customer.role": st.sampled_from(["final", "intermediary"]),
    "complaint.amount": st.one_of(
        st.integers(-(10**19), 10**19),
        st.decimals("-9999", "9999", places=4).map(str),
        st.floats(-1e6, 1e6).map(lambda value: round(value, 6)),
    ),
    "complaint.regulator": st.booleans(),
    "complaint.received_at": st.datetimes(datetime(1990, 1, 1), datetime(2090, 1, 1)).map(lambda at: f"{at}Z"),  # noqa: DTZ001
}
PLAIN = ("eq", "ne", "in", "known")
OPS = {
    "customer.tier": (*PLAIN, "lt", "le", "gt", "ge"),
    "customer.region": (*PLAIN, "contains"),
    "customer.role": PLAIN,
    "complaint.amount": (*PLAIN, "lt", "le", "gt", "ge"),
    "complaint.regulator": ("eq", "ne", "known"),
    "complaint.received_at": (*PLAIN, "lt", "le", "gt", "ge"),
}
FACTS = st.fixed_dictionaries(
    {},
    optional={
        "customer.tier": st.sampled_from([*"ABCD", "E", None]),
        "customer.region": st.sampled_from(["North", "North West", "南", None]),
        "customer.role": st.sampled_from(["final", "intermediary", None]),
        "complaint.amount": st.one_of(st.none(), st.decimals("-9999", "9999", places=4), st.floats(-1e6, 1e6)),
        "complaint.regulator": st.sampled_from([True, False, None]),
        "complaint.received_at": st.one_of(st.none(), st.datetimes(timezones=st.just(UTC))),
    },
)


@st.composite
def comparisons(draw):
    field = draw(st.sampled_from(sorted(VALUES)))
    op = draw(st.sampled_from(OPS[field]))
    values = st.booleans() if op == "known" else VALUES[field]
    return {"field": field, "op": op, "value": draw(st.lists(values, min_size=1, max_size=3) if op == "in" else values)}


def combined(children):
    return st.one_of(
        st.lists(children, max_size=3).map(lambda parts: {"all": parts}),
        st.lists(children, max_size=3).map(lambda parts: {"any": parts}),
        children.map(lambda part: {"not": part}),
    )


CONDITIONS = st.recursive(comparisons(), combined, max_leaves=6).filter(lambda written: depth(written) <= MAX_DEPTH - 2)


def depth(written):
    parts = written.get("all", written.get("any", [written["not"]] if "not" in written else []))
    return 1 + max(map(depth, parts), default=0)


def matches(written, **facts):
    return parse(written, FIELDS).matches({name.replace("__", "."): value for name, value in facts.items()})


def field(name, op, *value):
    return {"field": name, "op": op, **({"value": value[0]} if value else {})}


@given(CONDITIONS, FACTS)
def test_what_is_not_not_so_is_so(written, facts):
    condition = parse(written, FIELDS)
    assert Not(Not(condition)).matches(facts) == condition.matches(facts)
    assert Not(condition).matches(facts) != condition.matches(facts)


@given(st.lists(CONDITIONS, max_size=3), FACTS)
def test_not_all_hold_exactly_when_one_does_not(written, facts):
    parts = tuple(parse(part, FIELDS) for part in written)
    negated = tuple(Not(part) for part in parts)
    assert Not(All(parts)).matches(facts) == AnyOf(negated).matches(facts)
    assert Not(AnyOf(parts)).matches(facts) == All(negated).matches(facts)


@given(CONDITIONS)
def test_a_condition_survives_serialisation(written):
    condition = parse(written, FIELDS)
    assert parse(condition.as_json(), FIELDS) == condition


@given(CONDITIONS, FACTS)
def test_only_the_required_fields_of_a_condition_decide(written, facts):
    condition = parse(written, FIELDS)
    required = {name: fact for name, fact in facts.items() if name in condition.required_fields()}
    assert condition.matches(required) == condition.matches(facts)


@given(comparisons(), FACTS)
def test_of_what_is_not_known_nothing_holds_but_that_it_is_something_else_or_not_known(written, facts):
    facts.pop(written["field"], None)
    expected = written["op"] == "ne" or (written["op"] == "known" and not written["value"])
    assert parse(written, FIELDS).matches(facts) == expected


@given(VALUES["complaint.amount"], st.decimals("-9999", "9999", places=4))
def test_of_two_numbers_one_is_less_equal_or_greater(value, fact):
    one = [matches(field("complaint.amount", op, value), complaint__amount=fact) for op in ("lt", "eq", "gt")]
    assert sorted(one) == [False, False, True]


@pytest.mark.parametrize(
    ("written", "facts", "expected"),
    [
        (field("customer.tier", "ge", "B"), {"customer__tier": "A"}, True),
        (field("customer.tier", "ge", "B"), {"customer__tier": "C"}, False),
        (field("customer.tier", "lt", "B"), {"customer__tier": "E"}, False),
        (field("customer.tier", "gt", "B"), {"customer__tier": "E"}, False),
        (field("customer.tier", "ne", "B"), {"customer__tier": "E"}, True),
        (field("customer.tier", "in", ["A", "B"]), {"customer__tier": "B"}, True),
        (field("customer.region", "contains", "WEST"), {"customer__region": "North West"}, True),
        (field("customer.region", "eq", "north"), {"customer__region": "North"}, False),
        (field("customer.tags", "contains", "vip"), {"customer__tags": ["vip", "late"]}, True),
        (field("customer.tags", "contains", "vi"), {"customer__tags": ["vip"]}, False),
        (field("complaint.amount", "ge", "500.00"), {"complaint__amount": Decimal("500.0000")}, True),
        (field("complaint.amount", "eq", 0.1), {"complaint__amount": Decimal("0.1")}, True),
        (field("complaint.amount", "eq", "0.1"), {"complaint__amount": 0.1}, True),
        (field("complaint.regulator", "eq", False), {"complaint__regulator": False}, True),
        (field("complaint.received_at", "lt", "2026-03-02T20:00:00+08:00"), {"complaint__received_at": MARCH}, False),
        (field("complaint.received_at", "le", "2026-03-02T20:00:00+08:00"), {"complaint__received_at": MARCH}, True),
        (field("customer.tier", "known"), {"customer__tier": "D"}, True),
        (field("customer.tier", "known", False), {}, True),
        ({"all": []}, {}, True),
        ({"any": []}, {}, False),
    ],
)
def test_a_fact_is_compared_with_what_was_written(written, facts, expected):
    assert matches(written, **facts) is expected


DEEP = field("customer.tier", "eq", "A")
for _ in range(MAX_DEPTH):
    DEEP = {"not": DEEP}
MANY = {"any": [field("customer.tier", "eq", "A")] * MAX_PARTS}


@pytest.mark.parametrize(
    ("written", "pointer"),
    [
        (field("customer.shoe_size", "eq", 43), "/field"),
        (field("customer.tier", "like", "A"), "/op"),
        (field("customer.tier", ["eq"], "A"), "/op"),
        (field(["customer.tier"], "eq", "A"), "/field"),
        (field("customer.tier", "contains", "A"), "/op"),
        (field("customer.region", "ge", "N"), "/op"),
        (field("complaint.regulator", "in", [True]), "/op"),
        (field("customer.tier", "eq", "Z"), "/value"),
        (field("customer.tier", "eq", 1), "/value"),
        (field("customer.tier", "eq"), "/value"),
        (field("customer.tier", "known", "yes"), "/value"),
        (field("customer.tier", "in", "A"), "/value"),
        (field("customer.tier", "in", []), "/value"),
        (field("customer.tier", "in", ["A"] * (MAX_VALUES + 1)), "/value"),
        (field("customer.tier", "in", ["A", None]), "/value/1"),
        (field("customer.region", "eq", ""), "/value"),
        (field("customer.region", "eq", "x" * 201), "/value"),
        (field("customer.tags", "contains", 5), "/value"),
        (field("complaint.amount", "gt", True), "/value"),
        (field("complaint.amount", "gt", "1e3"), "/value"),
        (field("complaint.amount", "gt", "NaN"), "/value"),
        (field("complaint.amount", "gt", float("inf")), "/value"),
        (field("complaint.amount", "gt", 10**20), "/value"),
        (field("complaint.amount", "gt", 1e-30), "/value"),
        (field("complaint.regulator", "eq", 1), "/value"),
        (field("complaint.received_at", "lt", "2026-03-02T12:00:00"), "/value"),
        (field("complaint.received_at", "lt", 1_700_000_000), "/value"),
        (
            {"all": [field("customer.tier", "eq", "A"), {"not": {"any": [field("x", "eq", 1)]}}]},
            "/all/1/not/any/0/field",
        ),
        ({"all": {}}, "/all"),
        ({"all": [], "any": []}, ""),
        ({"not": []}, "/not"),
        ({}, ""),
        (None, ""),
        ("customer.tier = A", ""),
        (field("customer.tier", "eq", "A") | {"note": "the best"}, ""),
        (DEEP, "/not" * MAX_DEPTH),
        (MANY, f"/any/{MAX_PARTS - 1}"),
    ],
)
def test_a_condition_that_cannot_be_evaluated_is_refused_with_a_pointer_to_its_error(written, pointer):
    with pytest.raises(ConditionError) as refused:
        parse(written, FIELDS, pointer="/when")
    problem = problem_document(refused.value)
    assert (problem["status"], problem["code"]) == (422, "condition_invalid")
    assert problem["errors"] == [{"pointer": f"/when{pointer}", "detail": refused.value.detail}]


def test_a_condition_of_maximum_depth_is_parsed():
    assert depth(DEEP["not"]) == MAX_DEPTH
    assert parse(DEEP["not"], FIELDS).matches({"customer.tier": "B"})


def test_what_was_sent_is_not_repeated():
    for written in (
        field("secret", "eq", 1),
        field("customer.tier", "secret", 1),
        field("customer.tier", "eq", "secret"),
    ):
        with pytest.raises(ConditionError) as refused:
            parse(written, FIELDS)
        assert "secret" not in refused.value.detail


@pytest.mark.parametrize(
    ("op", "value", "fact"),
    [
        ("eq", "Küche", "KU\u0308CHE"),
        ("in", ["Iron", "kettle"], "Kettle\u200b"),
        ("contains", "CAFE", "Das Café"),
    ],
)
def test_free_text_is_compared_by_what_it_reads(op, value, fact):
    condition = {"field": "complaint.product", "op": op, "value": value}
    assert parse(condition, FIELDS).matches({"complaint.product": fact})
    assert parse(condition, FIELDS).as_json() == condition
    assert not parse(condition | {"op": "ne", "value": fact}, FIELDS).matches({"complaint.product": fact.swapcase()})


def test_an_id_is_compared_as_it_is():
    assert not parse({"field": "customer.region", "op": "eq", "value": "N-1"}, FIELDS).matches(
        {"customer.region": "n-1"}
    )


@pytest.mark.parametrize("value", ["", " ", "\u200b"])
def test_a_text_of_blanks_is_no_value_to_compare_with(value):
    with pytest.raises(ConditionError, match="that can be seen"):
        parse({"field": "complaint.product", "op": "contains", "value": value}, FIELDS)
