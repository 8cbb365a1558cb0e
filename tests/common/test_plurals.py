"""Texts whose words depend on a number."""

import pytest

from heed_common.plurals import fill


@pytest.mark.parametrize(
    ("count", "text"),
    [(0, "0 complaints were late"), (1, "1 complaint was late"), (1200, "1,200 complaints were late")],
)
def test_one_is_singular_and_every_other_number_plural(count, text):
    assert fill("{count:,} {count:complaint was|complaints were} late", count=count) == text


def test_other_placeholders_are_as_in_every_text():
    assert fill("{share:.1%} of {name}", share=0.5, name="{all}") == "50.0% of {all}"


def test_a_placeholder_without_a_value_is_an_error():
    with pytest.raises(KeyError, match="count"):
        fill("{count} late")
