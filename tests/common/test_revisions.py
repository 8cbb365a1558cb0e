"""No update overwrites a change that its caller has not seen."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heed_common.errors import PreconditionFailed, PreconditionRequired
from heed_common.revisions import ANY, IfMatchInvalid, check_if_match, etag, parse_if_match, require_if_match


@given(st.integers(0, 10**12))
def test_the_tag_that_was_given_matches_its_revision_and_no_other(revision):
    seen = parse_if_match(etag(revision))
    require_if_match(seen, revision)
    with pytest.raises(PreconditionFailed):
        require_if_match(seen, revision + 1)


@pytest.mark.parametrize(
    "header",
    [
        'W/"1"',
        '"1-gzip"',
        '"1.0123456789abcdef0123"',
        '"1.0123456789abcdef0123-gzip"',
        '"1--gzip"',
        '"1-br"',
        'W/"1-zstd"',
    ],
)
def test_the_tag_of_a_response_that_a_proxy_compressed_is_still_the_tag(header):
    require_if_match(parse_if_match(header), 1)
    with pytest.raises(PreconditionFailed):
        require_if_match(parse_if_match(header), 2)


def test_an_asterisk_matches_whatever_is_there():
    whatever = parse_if_match("*")
    assert whatever == ANY
    for revision in (1, 7):
        require_if_match(whatever, revision)


def test_a_missing_if_match_is_rejected_only_where_it_is_required():
    with pytest.raises(PreconditionRequired):
        require_if_match(parse_if_match(None), 1)
    check_if_match(parse_if_match(None), 1)


NONE_OF_OURS = [
    'W/"2"',
    'W/"other"',
    '"1-other"',
    '"1.0123456789abcdef012"',
    '"1.0123456789ABCDEF0123"',
    '"2-gzip"',
    '"other"',
    '""',
    '"01"',
    '"-1"',
    '"9999999999999999999"',
]


@pytest.mark.parametrize("header", NONE_OF_OURS)
def test_a_tag_that_is_none_of_ours_matches_nothing(header):
    for check in (require_if_match, check_if_match):
        with pytest.raises(PreconditionFailed):
            check(parse_if_match(header), 1)


@pytest.mark.parametrize("header", ["1", "", '"1', '"1", "2"', "'1'", "**"])
def test_a_header_that_is_no_tag_is_refused(header):
    with pytest.raises(IfMatchInvalid):
        parse_if_match(header)
