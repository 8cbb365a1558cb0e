"""Values come in strictly and go out in one form."""

import json
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from heed_common import strict_json
from heed_common.currencies import (
    CURRENT,
    EXPONENTS,
    LAST_DAYS,
    exponent,
    is_currency,
    is_known_currency,
    minor_unit,
    round_to_minor_unit,
    was_valid,
)
from heed_common.fields import Amount, ExternalId, Moment, Money, Quantity, RequestModel, ShortText, is_too_far_ahead

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
MOMENT, MONEY, QUANTITY, AMOUNT = (TypeAdapter(kind) for kind in (Moment, Money, Quantity, Amount))
ZONES = st.integers(-23 * 60, 23 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
YEARS = st.datetimes(datetime.fromisoformat("1900-01-01"), datetime.fromisoformat("2200-01-01"))
MOMENTS = st.builds(lambda moment, zone: moment.replace(tzinfo=zone), YEARS, ZONES)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(),
    lambda children: st.lists(children, max_size=4) | st.dictionaries(st.text(), children, max_size=4),
)


@given(MOMENTS)
def test_a_moment_goes_out_in_utc_as_it_came_in_from_anywhere(moment):
    out = json.loads(MOMENT.dump_json(MOMENT.validate_python(moment.isoformat())))
    assert out.endswith("Z")
    assert len(out) == len("2026-03-02T12:00:00.000000Z")
    assert datetime.fromisoformat(out) == moment


@given(MOMENTS, MOMENTS)
def test_moments_sort_as_their_texts_do(one, other):
    texts = [MOMENT.dump_json(MOMENT.validate_python(moment)) for moment in (one, other)]
    assert (texts[0] < texts[1]) == (one < other)


@pytest.mark.parametrize(
    "value", ["2026-03-02T12:00:00", "2026-03-02", "1772452800", 1772452800, "noon", None, "2026-13-01T00:00:00Z", True]
)
def test_a_moment_that_is_not_rfc_3339_with_an_offset_is_refused(value):
    with pytest.raises(ValidationError):
        MOMENT.validate_python(value)


@pytest.mark.parametrize(
    "value",
    [
        "0001-01-01T00:00:00Z",
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59.999999Z",
        "9999-12-31T23:59:59-14:00",
    ],
)
def test_a_moment_that_postgresql_would_store_as_infinity_is_rejected(value):
    with pytest.raises(ValidationError, match="between the years 2 and 9998"):
        MOMENT.validate_python(value)


@pytest.mark.parametrize(
    ("leap_second", "counted_as"),
    [
        ("2016-12-31T23:59:60Z", "2016-12-31T23:59:59.999999Z"),
        ("2016-12-31t23:59:60.75z", "2016-12-31T23:59:59.999999Z"),
        ("2017-01-01T08:59:60+09:00", "2016-12-31T23:59:59.999999Z"),
        ("1990-06-30T18:59:60-05:00", "1990-06-30T23:59:59.999999Z"),
    ],
)
def test_a_leap_second_counts_as_the_end_of_its_day(leap_second, counted_as):
    assert json.loads(MOMENT.dump_json(MOMENT.validate_python(leap_second))) == counted_as


@pytest.mark.parametrize(
    "value", ["2026-03-02T12:00:60Z", "2026-03-02T23:59:60Z", "2016-12-31T23:59:61Z", "2016-12-31T23:59:60+01:00"]
)
def test_a_second_60_that_can_be_no_leap_second_is_refused(value):
    with pytest.raises(ValidationError):
        MOMENT.validate_python(value)


@pytest.mark.parametrize(
    ("stored", "shown"),
    [
        (datetime(1, 1, 1, 12, tzinfo=UTC), "0001-01-01T12:00:00.000000Z"),
        (datetime(9999, 12, 31, 23, 59, 59, 999999), "9999-12-31T23:59:59.999999Z"),  # noqa: DTZ001 so asyncpg returns it
        (datetime(1, 1, 1), "0001-01-01T00:00:00.000000Z"),  # noqa: DTZ001 so asyncpg returns it
    ],
    ids=["first day", "infinity", "minus infinity"],
)
def test_whatever_moment_is_stored_can_be_shown(stored, shown):
    assert json.loads(MOMENT.dump_json(MOMENT.validate_python(stored))) == shown


def test_five_minutes_ahead_is_a_clock_that_differs_and_more_is_the_future():
    assert not is_too_far_ahead(NOON + timedelta(minutes=5), now=NOON)
    assert is_too_far_ahead(NOON + timedelta(minutes=5, microseconds=1), now=NOON)


@given(st.decimals(0, Decimal("999999999.9999"), places=4))
def test_money_goes_out_as_it_came_in(amount):
    out = json.loads(MONEY.dump_json(MONEY.validate_python(f"{amount:f}")))
    assert isinstance(out, str)
    assert Decimal(out) == amount
    assert MONEY.validate_python(float(amount)) == amount


@pytest.mark.parametrize(
    "value", ["-0.01", "1000000000", "1.00001", "1e2", "NaN", "Infinity", "٣", " 1", "1_0", "", True]
)
def test_money_that_is_none_is_refused(value):
    with pytest.raises(ValidationError):
        MONEY.validate_python(value)


@pytest.mark.parametrize("value", ["0", "-1", "1000000.001", "0.0001", float("nan"), "two"])
def test_a_quantity_that_is_none_is_refused(value):
    with pytest.raises(ValidationError):
        QUANTITY.validate_python(value)


def test_a_large_amount_goes_out_without_an_exponent():
    assert AMOUNT.dump_json(Decimal("1E+10")) == b'"10000000000"'


def test_minor_units_are_those_of_the_currency():
    assert [exponent(code) for code in ("USD", "JPY", "KWD", "CLF")] == [2, 0, 3, 4]
    assert round_to_minor_unit(Decimal("2.675"), "USD") == Decimal("2.68")
    assert round_to_minor_unit(Decimal("2.5"), "JPY") == Decimal(2)
    assert all(len(code) == 3 and code.isupper() for code in EXPONENTS)


@pytest.mark.parametrize(
    ("code", "day", "valid"),
    [
        ("BGN", "2025-12-15", True),
        ("BGN", "2026-02-01", False),
        ("HRK", "2022-12-31", True),
        ("ANG", "2025-03-30", True),
        ("ZWL", "2024-01-01", True),
        ("SLL", "2022-06-01", True),
        ("CUC", "2020-12-31", True),
        ("VEF", "2018-08-19", True),
        ("MRO", "2017-12-31", True),
        ("LTL", "2014-12-31", True),
        ("DEM", "2001-12-31", True),
        ("DEM", "2002-04-01", False),
        ("EUR", "2026-03-02", True),
        ("CNH", "2026-03-02", False),
    ],
)
def test_a_currency_is_valid_until_the_month_of_its_withdrawal_is_over(code, day, valid):
    assert was_valid(code, on=date.fromisoformat(day)) is valid


def test_a_currency_that_was_withdrawn_is_none_of_those_in_use():
    assert not CURRENT.keys() & LAST_DAYS.keys()
    assert is_currency("EUR")
    assert not is_currency("DEM")
    assert is_known_currency("DEM")
    assert (minor_unit("ITL"), minor_unit("DEM"), minor_unit("KWD")) == (1, Decimal("0.01"), Decimal("0.001"))


class Line(RequestModel):
    name: ShortText
    reference: ExternalId = "x"
    plain: str = ""


@pytest.mark.parametrize("member", ["name", "reference", "plain"])
@pytest.mark.parametrize("value", ["a\x00b", "\ud800", "a\udfff"])
def test_a_line_of_an_import_is_as_strict_as_a_request(member, value):
    with pytest.raises(ValidationError):
        Line(**{"name": "bear", member: value})


def test_an_unknown_member_is_rejected():
    with pytest.raises(ValidationError):
        Line(name="bear", colour="red")


@given(JSON)
def test_json_is_parsed_unchanged(document):
    try:
        written = json.dumps(document).encode()
        assert strict_json.loads(written) == document
    except strict_json.UnstorableText:
        assert "\\u0000" in json.dumps(document) or "\\ud" in json.dumps(document)


@given(st.binary(max_size=60) | st.text(max_size=60).map(lambda text: text.encode("utf-8", "surrogatepass")))
def test_any_bytes_are_parsed_or_rejected_and_parsed_text_can_be_stored(raw):
    try:
        document = strict_json.loads(raw)
    except (strict_json.NotJSON, strict_json.UnstorableText):
        return
    assert b"\x00" not in json.dumps(document, ensure_ascii=False).encode()


@pytest.mark.parametrize("number", ["1e400", "-1e400", "NaN", "-Infinity", "1" * 5000])
def test_a_number_that_is_none_or_endless_is_refused(number):
    with pytest.raises(strict_json.NotJSON):
        strict_json.loads(f'{{"deep": [{number}]}}'.encode())


@pytest.mark.parametrize("depth", [500, 950, 100_000])
def test_a_document_that_is_nested_deep_ends_nothing(depth):
    document = b"[" * depth + b'"\\u0000"' + b"]" * depth
    with pytest.raises((strict_json.NotJSON, strict_json.UnstorableText)):
        strict_json.loads(document)
