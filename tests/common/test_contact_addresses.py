"""Telephone numbers and addresses are read as people write them, and never refused."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from heed_common.contact_addresses import email_key, normalize_contact, normalize_email, normalize_phone

PHONES = [
    ("(555) 123-4567", "US", "+15551234567"),
    ("+(86) 138 0013 8000", None, "+8613800138000"),
    ("１３８００１３８０００", "CN", "+8613800138000"),
    ("＋86 138 0013 8000", None, "+8613800138000"),
    ("010-12345678转8001", "CN", "+861012345678;ext=8001"),
    ("010-12345678 分机 8001", "CN", "+861012345678;ext=8001"),
    ("555-123-4567 x12", "US", "+15551234567;ext=12"),
    ("(212) 555-0123 ext. 12", "US", "+12125550123;ext=12"),
    ("212\u2011555\u20110123", "US", "+12125550123"),
    ("tel:+86-138-0013-8000", None, "+8613800138000"),
    ("0049 30 901820", None, "+4930901820"),
    ("030/901820", "DE", "+4930901820"),
]
UNREAD = [
    "138 0013 8000",
    "call me",
    "12",
    "order 12345678",
    "+",
    "",
    "room 5, after 17:00",
    "x" * 200,
    "+999999999999999999",
]
EMAILS = [
    ("ana@example.com", "ana@example.com"),
    ("mailto:ana@example.com?subject=x", "ana@example.com"),
    ("Ana <ana@example.com>", "ana@example.com"),
    ('"Lima, Ana" <mailto:ana@Example.COM>', "ana@example.com"),
    ("ana@münchen.de", "ana@xn--mnchen-3ya.de"),
    ("ana@MÜNCHEN.de.", "ana@xn--mnchen-3ya.de"),
    ("ana@xn--mnchen-3ya.de", "ana@xn--mnchen-3ya.de"),
    ("王@例子.中国", "王@xn--fsqu00a.xn--fiqs8s"),
]


@pytest.mark.parametrize(("written", "region", "normal"), PHONES)
def test_a_number_is_parsed_in_the_usual_spellings(written, region, normal):
    assert normalize_phone(written, region=region) == normal


@pytest.mark.parametrize("written", UNREAD)
def test_what_is_no_number_stays_as_it_was_written(written):
    assert normalize_phone(written, region=None) is None
    assert normalize_contact(written, region=None) == written


@pytest.mark.parametrize(("written", "normal"), EMAILS)
def test_an_address_has_one_form(written, normal):
    assert normalize_email(written) == normal
    assert normalize_contact(written, region="CN") == normal
    assert email_key(written) == email_key(normal.upper())


@pytest.mark.parametrize("written", ["a@b, c@d", "ana", "@", "a@", "a b@example.com", "<>"])
def test_what_is_no_address_is_none(written):
    assert normalize_email(written) is None


@settings(max_examples=50)
@given(st.text(max_size=200), st.sampled_from([None, "CN", "US"]))
def test_no_contact_is_refused_and_its_normal_form_is_final(written, region):
    normal = normalize_contact(written, region=region)
    assert normalize_contact(normal, region=region) == normal
