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
"""An element with more was written to keep a parser busy: their number enters its work as a square."""
TAG = re.compile(r"<[a-zA-Z]")
ATTRIBUTE = re.compile(
    r"[^\s/>=][^\s/>=]*+(?:\s*+=\s*+(?:\"[^\"]*+(?:\"|\Z)|'[^']*+(?:'|\Z)|[^\s>\"'][^\s>]*+))?+[\s/]*+"
)
ANY_TAG = re.compile(r"<[^<>]*>")
SPACE = re.compile(r"[ \t\r\n\f]+")
BLANK_LINES = re.compile(r"\n{3,}")


def html_to_text(html: str) -> str:
    """Return the words of the document as a reader sees them; of a broken document, all that is no tag."""
    root = None if _is_hostile(html) else _parse(html)
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


def _is_hostile(html: str) -> bool:
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
        if tag == "br":
            self.parts.append("\n")
        elif tag in BLOCKS:
            self.parts.append("\n\n" if tag in PARAGRAPHS else "\n")
        if tag == "li":
            self.parts.append("- ")
        elif tag == "pre":
            self.preformatted += 1
        elif tag == "img" and (alternative := element.get("alt", "").strip()):
            self.parts.append(f"[{alternative}]")
        elif tag == "a":
            self.links.append((element.get("href", "").strip(), len(self.parts)))
        self._text(element.text)

    def _close(self, element: "etree._Element", tag: str) -> None:
        if tag == "pre":
            self.preformatted -= 1
        elif tag == "a" and self.links:
            self._close_link(*self.links.pop())
        elif tag in ("td", "th"):
            self.parts.append(" ")
        if tag in BLOCKS:
            self.parts.append("\n\n" if tag in PARAGRAPHS else "\n")
        self._text(element.tail)

    def _close_link(self, address: str, begin: int) -> None:
        """Append the address where the text of the link does not show it."""
        shown = "".join(self.parts[begin:])
        if address.lower().startswith(("http://", "https://")) and address.rstrip("/") not in shown:
            self.parts.append(f" ({address})" if shown.strip() else address)

    def _text(self, text: str | None) -> None:
        if text:
            self.parts.append(text if self.preformatted else SPACE.sub(" ", text))


def _tidy(text: str) -> str:
    lines = [line.strip(" \t\r\f\xa0") for line in text.replace("\xa0", " ").split("\n")]
    return BLANK_LINES.sub("\n\n", "\n".join(lines)).strip()
