"""HTML builder that always escapes: only `Element` is markup, every string is text."""

from html import escape
from typing import NewType

HTML = NewType("HTML", str)
"""Markup. Only this module creates it."""
VOID = frozenset({"input", "meta", "br"})


class Element:
    """A fragment of a page."""

    def __init__(self, markup: HTML) -> None:
        self._markup = markup

    def __str__(self) -> str:
        return self._markup


Child = Element | str | None
Attribute = str | int | bool | None


def element(tag: str, /, *children: Child, **attributes: Attribute) -> Element:
    """Return an element. Attributes that are Python keywords end in `_`; None and False are left out."""
    opening = "".join(_attribute(key.rstrip("_").replace("_", "-"), value) for key, value in attributes.items())
    if tag in VOID:
        return Element(HTML(f"<{tag}{opening}>"))
    return Element(HTML(f"<{tag}{opening}>{_inside(children)}</{tag}>"))


def fragment(*children: Child) -> Element:
    """Return the children one after the other, without an element around them."""
    return Element(HTML(_inside(children)))


def document(*, language: str, title: str, style: str, body: Element) -> str:
    """Return a whole page. The style is not escaped: its hash stands in the Content-Security-Policy."""
    head = fragment(
        element("meta", charset="utf-8"),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="robots", content="noindex"),
        element("title", title),
        Element(HTML(f"<style>{style}</style>")),
    )
    return f"<!doctype html>\n{element('html', element('head', head), element('body', body), lang=language)}\n"


def _inside(children: tuple[Child, ...]) -> str:
    return "".join(str(child) if isinstance(child, Element) else escape(child) for child in children if child)


def _attribute(name: str, value: Attribute) -> str:
    if value is None or value is False:
        return ""
    return f" {name}" if value is True else f' {name}="{escape(str(value))}"'
