"""The text of an HTML mail. Pure."""

import re
from dataclasses import dataclass, field
from html import unescape

from lxml import etree

BLOCKS = frozenset(
    {
        *("address", "article", "aside", "blockquote", "body", "center", "dd", "div", "dl", "dt", "fieldset", "figure"),
        *("footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "li", "main", "nav", "ol", "p", "pre"),
        *("section", "table", "tr", "ul"),
    }
)
PARAGRAPHS = frozenset({"blockquote", "h1", "h2", "h3", "h4", "h5", "h6", "ol", "p", "pre", "table", "ul"})
SKIPPED = frozenset({"head", "script", "style", "template", "title"})
MAX_ATTRIBUTES = 500
"""An element with more attacks the parser, whose work grows with the square of their number."""
TAG = re.compile(r"<[a-zA-Z]")
ATTRIBUTE = re.compile(
    r"[\s/]*+[^\s/>=][^\s/>=]*+(?:\s*+=\s*+(?:\"[^\"]*+(?:\"|\Z)|'[^']*+(?:'|\Z)|[^\s>\"'][^\s>]*+))?+[\s/]*+"
)
ANY_TAG = re.compile(r"<[^<>]*>")
WHITE = " \t\r\n\f"
LIST_MARK = "- "
SPACE = re.compile(r"[ \t\r\n\f]+")
BLANK_LINES = re.compile(r"\n{3,}")


def html_to_text(html: str) -> str:
    """Return the text of the document as a reader sees it; of a broken document, all text outside tags."""
    root = None if is_hostile(html) else _parse(html)
    text = _Writer().write(root) if root is not None else ""
    return text or _tidy(unescape(ANY_TAG.sub("\n", html)))


def _parse(html: str) -> "etree._Element | None":
    parser = etree.HTMLParser(
        encoding="utf-8", huge_tree=True, remove_comments=True, remove_pis=True, no_network=True, recover=True
    )
    try:
        return etree.fromstring(html.encode("utf-8", "replace"), parser)
    except etree.XMLSyntaxError:
        return None


def is_hostile(html: str) -> bool:
    """Return whether an element has too many attributes. Linear: each step goes on where the last one ended."""
    position = 0
    while found := TAG.search(html, position):
        position, attributes = found.end(), 0
        while attribute := ATTRIBUTE.match(html, position):
            position, attributes = attribute.end(), attributes + 1
            if attributes > MAX_ATTRIBUTES:
                return True
    return False


@dataclass(slots=True)
class _Writer:
    parts: list[str] = field(default_factory=list)
    breaks: int = 0
    """Line ends before the next words."""
    preformatted: int = 0
    links: list[tuple[str, int]] = field(default_factory=list)

    def write(self, root: "etree._Element") -> str:
        walk = etree.iterwalk(root, events=("start", "end"))
        for event, element in walk:
            tag = element.tag if isinstance(element.tag, str) else ""
            if event == "end":
                self._close(element, tag)
            elif tag in SKIPPED:
                walk.skip_subtree()
            else:
                self._open(element, tag)
        return _tidy("".join(self.parts))

    def _open(self, element: "etree._Element", tag: str) -> None:
        self._break(tag)
        if tag == "li":
            self._write(LIST_MARK)
        elif tag == "pre":
            self.preformatted += 1
        elif tag == "img" and (alternative := element.get("alt", "").strip()):
            self._write(f"[{alternative}]")
        elif tag == "a":
            self.links.append((element.get("href", "").strip(), len(self.parts)))
        self._text(element.text)

    def _close(self, element: "etree._Element", tag: str) -> None:
        if tag == "pre":
            self.preformatted -= 1
        elif tag == "a" and self.links:
            self._close_link(*self.links.pop())
        elif tag in ("td", "th"):
            self._text(" ")
        if tag != "br":
            self._break(tag)
        self._text(element.tail)

    def _close_link(self, address: str, begin: int) -> None:
        """Write the address where the text of the link does not show it."""
        shown = "".join(self.parts[begin:])
        if address.lower().startswith(("http://", "https://")) and address.rstrip("/") not in shown:
            self._write(f" ({address})" if shown.strip() else address)

    def _break(self, tag: str) -> None:
        """Begin a line. A `br` at the end of a block adds none, as in a browser."""
        if tag == "br":
            self.breaks += 1
        elif tag in PARAGRAPHS:
            self.breaks = max(self.breaks, 2)
        elif tag in BLOCKS:
            self.breaks = max(self.breaks, 1)

    def _text(self, text: str | None) -> None:
        if not text:
            return
        if self.preformatted:
            self._write(text)
        elif text.strip(WHITE):
            self._write(SPACE.sub(" ", text))
        elif not self.breaks:
            self.parts.append(" ")

    def _write(self, text: str) -> None:
        if self.breaks and self.parts and self.parts[-1] != LIST_MARK:
            self.parts.append("\n" * self.breaks)
        self.breaks = 0
        self.parts.append(text)


def _tidy(text: str) -> str:
    lines = [line.strip(" \t\r\f\xa0") for line in text.replace("\xa0", " ").split("\n")]
    return BLANK_LINES.sub("\n\n", "\n".join(lines)).strip()
