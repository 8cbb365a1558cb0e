"""Two requests with the same content have the same hash."""

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from uuid import uuid4

import pytest

from heed_common.content_hash import fingerprint, has_same_content

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("one", "same"),
    [
        ({"price": Decimal("1.50")}, {"price": Decimal("1.5")}),
        ({"price": Decimal(100)}, {"price": Decimal("1E+2")}),
        ({"at": NOON}, {"at": NOON.astimezone(timezone(timedelta(hours=8)))}),
        ({"a": 1, "b": 2}, {"b": 2, "a": 1}),
        ({"a": 1, "b": None}, {"a": 1}),
    ],
)
def test_the_same_content_in_another_form_is_the_same(one, same):
    assert fingerprint(one) == fingerprint(same)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"price": Decimal("1.50")}, {"price": Decimal("1.51")}),
        ({"at": NOON}, {"at": NOON + timedelta(microseconds=1)}),
        ({"id": uuid4()}, {"id": uuid4()}),
        ({"a": 1}, {"b": 1}),
        ({"a": [1, 2]}, {"a": [2, 1]}),
    ],
)
def test_other_content_is_another(one, other):
    assert fingerprint(one) != fingerprint(other)


FIRST = {"external_id": "x", "note": "n"}
FILLED_IN = {"at": NOON, "currency": "USD"}


@pytest.mark.parametrize("first", [{}, {"at": NOON}, {"at": NOON, "currency": "USD"}])
@pytest.mark.parametrize("again", [{}, {"at": NOON}, {"currency": "USD"}, {"at": NOON, "currency": None}])
def test_a_request_that_names_what_was_filled_in_is_the_same(first, again):
    assert has_same_content(fingerprint(FIRST | first), FIRST | again, filled_in=FILLED_IN)


@pytest.mark.parametrize("again", [{"at": NOON + timedelta(hours=1)}, {"currency": "CNY"}, {"note": None}])
def test_a_request_that_names_something_else_is_another(again):
    assert not has_same_content(fingerprint(FIRST), FIRST | again, filled_in=FILLED_IN)


def test_what_has_no_plain_form_is_refused():
    with pytest.raises(TypeError):
        fingerprint({"thing": object()})
