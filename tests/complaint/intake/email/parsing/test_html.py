"""The text of an HTML mail is the text that its reader saw."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from heed_complaint.intake.email.parsing.bodies import body_text
from heed_complaint.intake.email.parsing.html import html_to_text, is_hostile

SHOWN = [
    ("<p>It leaks</p>", "It leaks"),
    ("It <b>leaks</b><br>a lot", "It leaks\na lot"),
    ("<div>one</div><div><br></div><div>two</div>", "one\n\ntwo"),
    ("<div>one<br></div><div>two</div>", "one\ntwo"),
    ("<ul><li>a</li><li><p>b</p></li></ul>end", "- a\n- b\n\nend"),
    ("<table><tr><td>sent</td><td>12</td></tr><tr><td>got</td><td>2</td></tr></table>", "sent 12\ngot 2"),
    ("<pre>a  b\n c</pre>", "a  b\nc"),
    ("<title>x</title><style>p{}</style><script>alert(1)</script>words", "words"),
    ("<!-- no --><p>yes</p>", "yes"),
    ("<a href='https://x.example/'>https://x.example</a>", "https://x.example"),
    ("<a href='https://x.example/p'>photo</a>", "photo (https://x.example/p)"),
    ("<a href='javascript:alert(1)'>photo</a>", "photo"),
    ("<img alt='broken cup' src='cid:1'>", "[broken cup]"),
    ("5 &lt; 6 &amp; 7&nbsp;&euro;", "5 < 6 & 7 €"),
    ("<p>unclosed <b>bold", "unclosed bold"),
    ("no tags at all", "no tags at all"),
    ("<?xml version='1.0' encoding='gb2312'?><p>你好</p>", "你好"),
    ("<div>" * 5000 + "deep" + "</div>" * 5000, "deep"),
    ("", ""),
    ("<img src='cid:1'>", ""),
]
HOSTILE = [
    "<p " + " ".join(f"a{n}=1" for n in range(6_000)) + ">words",
    "<p x='" + "<" * 100_000 + "' y>words",
    "<a" * 200_000 + " words",
    "<div>" * 100_000 + "words",
]


@pytest.mark.parametrize(("html", "text"), SHOWN)
def test_the_text_of_a_document_is_the_text_that_was_shown(html, text):
    assert html_to_text(html) == text


@pytest.mark.parametrize("html", HOSTILE, ids=["attributes", "quoted", "tags", "depth"])
def test_a_document_that_attacks_the_parser_still_yields_its_text(html):
    assert "words" in html_to_text(html)


def test_an_element_with_too_many_attributes_is_not_parsed():
    assert is_hostile(HOSTILE[0])
    assert not is_hostile("<p " + "a=1 " * 100 + ">")


@settings(max_examples=30)
@given(st.lists(st.text(st.characters(min_codepoint=97, max_codepoint=122), min_size=1), min_size=1))
def test_no_word_of_a_paragraph_is_lost(words):
    html = "".join(f"<p>{word}</p>" for word in words)
    assert html_to_text(html).split() == words


@settings(max_examples=30)
@given(st.text())
def test_any_text_is_accepted(html):
    assert isinstance(html_to_text(html), str)


def test_the_plain_text_is_preferred_unless_it_is_a_stub():
    assert body_text("It leaks", "<p>It <b>leaks</b></p>") == "It leaks"
    assert body_text(" \n", "<p>It leaks</p>") == "It leaks"
    assert body_text("It leaks", "") == "It leaks"
    stub = "This mail is HTML."
    assert body_text(stub, "<p>The kettle leaks when it boils, every time.</p>").startswith(stub)
    assert body_text(stub, "<p>The kettle leaks when it boils, every time.</p>").endswith("every time.")
