"""A cursor is opaque and signed: what a list has not given, it does not take."""

import string
from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heed_common.cursors import CursorInvalid, CursorSigner, Int4
from heed_common.paging import PageRequest, paginate
from heed_common.strict_json import UNSTORABLE

SIGNER = CursorSigner(bytes(range(32)))
PATH = "/v1/samples"
MOMENTS = st.datetimes(datetime(1900, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 given below
TEXTS = st.text(max_size=200).filter(lambda text: not UNSTORABLE.search(text))
NUMBERS = st.integers(-(2**63), 2**63 - 1)
DECIMALS = st.decimals(allow_nan=False, allow_infinity=False, places=4, min_value=-(10**12), max_value=10**12)
URL_SAFE = string.ascii_letters + string.digits + "-_"
UNSTORABLE_VALUES = [
    (("\x00",), (str,)),
    (("a" * 1001,), (str,)),
    ((2**63,), (int,)),
    ((2**31,), (Int4,)),
    ((True,), (int,)),
    ((None,), (str,)),
    (("'; drop",), (Decimal,)),
    (("NaN",), (Decimal,)),
    (("Infinity",), (Decimal,)),
    (("9" * 400,), (Decimal,)),
    (("0001-01-01T00:00:00Z",), (datetime,)),
    ((1767225600,), (datetime,)),
    ((1, 2), (int,)),
]


def altered(cursor, place, change):
    """The cursor with another character at this place."""
    index = place % len(cursor)
    return cursor[:index] + URL_SAFE[(URL_SAFE.index(cursor[index]) + change) % len(URL_SAFE)] + cursor[index + 1 :]


@given(st.tuples(st.uuids(), TEXTS, NUMBERS, DECIMALS, MOMENTS, st.booleans()))
def test_a_cursor_carries_the_sort_key(key):
    kinds = (UUID, str, int, Decimal, datetime, bool)
    assert SIGNER.decode(PATH, SIGNER.encode(PATH, key), kinds) == key


@given(st.text(max_size=80) | st.text(URL_SAFE, max_size=80))
def test_an_unsigned_cursor_is_rejected(cursor):
    with pytest.raises(CursorInvalid):
        SIGNER.decode(PATH, cursor, (UUID, datetime))


@given(TEXTS, st.integers(0, 4000), st.integers(1, 63))
def test_a_cursor_with_one_other_character_is_refused(text, place, change):
    forged = altered(SIGNER.encode(PATH, (text,)), place, change)
    with pytest.raises(CursorInvalid):
        SIGNER.decode(PATH, forged, (str,))


@given(TEXTS, st.integers(0, 4000))
def test_a_cursor_that_was_cut_off_is_refused(text, length):
    cursor = SIGNER.encode(PATH, (text,))
    with pytest.raises(CursorInvalid):
        SIGNER.decode(PATH, cursor[: length % len(cursor)], (str,))


@pytest.mark.parametrize("ending", ["=", "==", "$", " ", "\n", "é", "A"])
def test_a_cursor_is_written_in_one_way_only(ending):
    with pytest.raises(CursorInvalid):
        SIGNER.decode(PATH, SIGNER.encode(PATH, (1,)) + ending, (int,))


def test_a_cursor_is_good_for_its_own_list_only():
    cursor = SIGNER.encode("/v1/samples", (1,))
    for path in ("/v1/sample", "/v1/samples/", "/v1/samples/1/parts"):
        with pytest.raises(CursorInvalid):
            SIGNER.decode(path, cursor, (int,))


def test_a_cursor_of_another_service_is_refused():
    with pytest.raises(CursorInvalid):
        SIGNER.decode(PATH, CursorSigner(bytes(32)).encode(PATH, (1,)), (int,))


@pytest.mark.parametrize(("parts", "kinds"), UNSTORABLE_VALUES)
def test_what_no_column_can_hold_is_refused_even_when_it_is_signed(parts, kinds):
    with pytest.raises(CursorInvalid):
        SIGNER.decode(PATH, SIGNER.encode(PATH, parts), kinds)


def test_the_key_is_not_shown():
    assert "\\x01" not in repr(SIGNER)


def test_the_last_page_has_no_cursor():
    request = PageRequest(SIGNER, PATH, limit=2)
    assert paginate([1, 2], request, key=lambda row: (row,)) == ([1, 2], None)
    items, cursor = paginate([1, 2, 3], request, key=lambda row: (row,))
    assert items == [1, 2]
    assert PageRequest(SIGNER, PATH, 2, cursor).after(int) == (2,)
