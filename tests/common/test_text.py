"""What reads the same compares equal, and what reads otherwise does not."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heed_common.text import is_blank, normalize_for_comparison

FORMS = st.sampled_from(["NFC", "NFD", "NFKC", "NFKD"])
ZERO_WIDTH = ("\u200b", "\u200c", "\u200d", "\u2060", "\ufeff", "\u00ad", "\u3164", "\ufe0f", "\u202e")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("José", "Jose\u0301"),
        ("José", "jose"),
        ("Müller", "MULLER"),
        ("Straße", "strasse"),
        ("STRASSE", "straẞe"),
        ("ＡＣＭＥ", "Acme"),
        ("Ana\u200bLima", "AnaLima"),
        ("  Ana \t Lima\u3000", "ana lima"),
        ("İstanbul", "istanbul"),
        ("ISPARTA", "ısparta"),
        ("МОСКВА", "москва"),
        ("Артём", "артем"),
        ("Øresund", "oresund"),
        ("Łódź", "lodz"),
        ("O’Neill", "O'Neill"),
        ("Smith–Jones", "smith-jones"),
        ("Σίσυφος", "ΣΙΣΥΦΟΣ"),
        ("ﬁsh", "fish"),
        ("厨房\u200b", "厨房"),
        ("가", "\u1100\u1161"),
        ("ｶﾞｽ", "ガス"),
        ("№5", "no5"),
    ],
)
def test_what_reads_the_same_compares_equal(one, other):
    assert normalize_for_comparison(one) == normalize_for_comparison(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("чай", "чаи"),
        ("ガス", "カス"),
        ("की", "कु"),
        ("王明", "明王"),
        ("AnaLima", "Ana Lima"),
        ("100%", "100"),
        ("a_b", "ab"),
        ("Kettle-1", "Kettle-2"),
    ],
)
def test_what_reads_otherwise_does_not(one, other):
    assert normalize_for_comparison(one) != normalize_for_comparison(other)


@given(st.text())
def test_the_normal_form_is_its_own_normal_form(text):
    normal = normalize_for_comparison(text)
    assert normalize_for_comparison(normal) == normal


@given(st.text())
def test_only_a_blank_text_has_an_empty_normal_form(text):
    if not normalize_for_comparison(text):
        assert is_blank(text)


def test_accents_alone_are_something_to_search_for():
    assert normalize_for_comparison("´") == normalize_for_comparison("\u0301") != ""


@given(st.text(), FORMS)
def test_how_a_program_encodes_the_same_signs_makes_no_difference(text, form):
    assert normalize_for_comparison(unicodedata.normalize(form, text)) == normalize_for_comparison(text)


@given(st.text(alphabet=st.characters(max_codepoint=127)), st.sampled_from(["é", "ß", "王"]))
def test_plain_ascii_has_the_same_normal_form_beside_other_letters(text, letter):
    assert normalize_for_comparison(f"{text} {letter}").split()[:-1] == normalize_for_comparison(text).split()


@given(st.text(alphabet=st.sampled_from([" ", "\t", "\n", "\u00a0", "\u3000", "\u2800", "\x1f", *ZERO_WIDTH])))
def test_blanks_and_zero_width_are_nothing_to_see(text):
    assert is_blank(text)


@given(st.text(alphabet=st.sampled_from([" ", *ZERO_WIDTH])), st.sampled_from(["a", "0", "%", "王", "-", "И", "😀"]))
def test_one_visible_sign_is_something(blanks, sign):
    assert not is_blank(blanks + sign + blanks)
