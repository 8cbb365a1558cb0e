"""Which of our two languages a caller gets."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heed_common.languages import preferred_language


@pytest.mark.parametrize(
    ("header", "language"),
    [
        (None, "en"),
        ("", "en"),
        ("zh", "zh"),
        ("zh-Hans-CN,zh;q=0.9,en;q=0.8", "zh"),
        ("en-GB, zh;q=0.9", "en"),
        ("en;q=0.1, zh;q=0.2", "zh"),
        ("fr, zh;q=0.3", "zh"),
        ("fr", "en"),
        ("*", "en"),
        ("zh;q=0", "en"),
        ("ZH", "zh"),
    ],
)
def test_the_caller_gets_the_language_that_it_ranks_highest(header, language):
    assert preferred_language(header) == language


@given(st.text())
def test_no_header_is_too_odd_for_an_answer(header):
    assert preferred_language(header) in {"en", "zh"}
