"""HTML elements escape all text."""

from html.parser import HTMLParser

from hypothesis import given
from hypothesis import strategies as st

from heed_complaint.intake.html.elements import element
from heed_complaint.intake.html.layout import page_layout

WORDS = st.text(st.characters(blacklist_categories=("Cs",), blacklist_characters="\x00\r"), max_size=60)


class Reader(HTMLParser):
    """Parse a page as a browser does."""

    def __init__(self):
        super().__init__()
        self.tags, self.attributes, self.words = [], [], []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs

    def handle_data(self, data):
        self.words.append(data)


def read(markup):
    reader = Reader()
    reader.feed(markup)
    reader.close()
    return reader


@given(WORDS, WORDS)
def test_texts_round_trip_and_never_become_tags(text, value):
    reader = read(str(element("div", element("p", text), element("input", value=value))))
    assert reader.tags == ["div", "p", "input"]
    assert "".join(reader.words) == text
    assert reader.attributes == [("value", value)]


@given(WORDS)
def test_texts_never_add_tags_to_a_page(text):
    page = page_layout(text, element("p", text), language="en", switch=f"/x?{text}&")
    tags = read(page).tags
    assert tags == ["html", "head", "meta", "meta", "meta", "title", "style", "body", "header", "a", "main", "h1", "p"]


def test_absent_children_and_attributes_are_left_out():
    assert str(element("p", None, "a", "", class_=None, hidden=False)) == "<p>a</p>"
    assert str(element("input", required=True, aria_hidden="true")) == '<input required aria-hidden="true">'
