"""Whatever people write is text on a page, never markup."""

from html.parser import HTMLParser

from hypothesis import given
from hypothesis import strategies as st

from heed_complaint.intake.html.elements import element
from heed_complaint.intake.html.layout import page_layout

WORDS = st.text(st.characters(blacklist_categories=("Cs",), blacklist_characters="\x00\r"), max_size=60)


class Reader(HTMLParser):
    """What a browser makes of a page."""

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
def test_words_come_out_as_they_went_in_and_make_no_tags(text, value):
    reader = read(str(element("div", element("p", text), element("input", value=value))))
    assert reader.tags == ["div", "p", "input"]
    assert "".join(reader.words) == text
    assert reader.attributes == [("value", value)]


@given(WORDS)
def test_a_page_has_the_tags_that_we_gave_it_whatever_stands_in_it(text):
    page = page_layout(text, element("p", text), language="en", switch=f"/x?{text}&")
    tags = read(page).tags
    assert tags == ["html", "head", "meta", "meta", "meta", "title", "style", "body", "p", "a", "main", "h1", "p"]


def test_what_is_not_there_leaves_no_trace():
    assert str(element("p", None, "a", "", class_=None, hidden=False)) == "<p>a</p>"
    assert str(element("input", required=True, aria_hidden="true")) == '<input required aria-hidden="true">'
