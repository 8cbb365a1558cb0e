"""Rendering of messages: Jinja2 in a sandbox where templates only read their parameters. Pure.

An operator edits templates, and a worker renders them between other work. So there are no calls, no unlimited loops and
nothing that makes a text grow without limit.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from jinja2 import StrictUndefined, Template, TemplateAssertionError, TemplateError, TemplateSyntaxError, meta, nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment

from heed_common.contracts.message import ContactChannel

FILTERS = frozenset(
    {
        *("escape", "e", "upper", "lower", "title", "capitalize", "trim", "striptags", "truncate", "replace"),
        *(
            "default",
            "d",
            "join",
            "length",
            "count",
            "first",
            "last",
            "sort",
            "unique",
            "list",
            "int",
            "float",
            "round",
        ),
    }
)
FORBIDDEN_NODES = (
    *(nodes.Call, nodes.Macro, nodes.CallBlock, nodes.Include, nodes.Import, nodes.FromImport, nodes.Extends),
    *(nodes.Block, nodes.Mul, nodes.Pow, nodes.Mod),
)
MAX_LOOP_DEPTH = 2
MAX_CHARACTERS = 100_000
CACHED_TEMPLATES = 256


class TemplateInvalid(Exception):
    """A template cannot be used; the message explains why, for the operator who wrote it."""

    def __init__(self, detail: str, *, part: str = "") -> None:
        super().__init__(detail)
        self.detail = detail
        self.part = part


@dataclass(frozen=True, slots=True)
class TemplateText:
    """A template in one language."""

    subject: str
    text: str
    html: str | None = None
    short: str | None = None
    """For SMS and WeCom; without one, the text."""

    def parts(self) -> dict[str, str]:
        """Return the parts that the template has, by name."""
        parts = {"subject": self.subject, "text": self.text, "html": self.html, "short": self.short}
        return {name: source for name, source in parts.items() if source is not None}


@dataclass(frozen=True, slots=True)
class RenderedText:
    """A message as the customer reads it."""

    subject: str
    text: str
    html: str | None = None


class _Sandbox(ImmutableSandboxedEnvironment):
    """Allows attributes of parameters, operators and the filters above."""

    def __init__(self, *, autoescape: bool) -> None:
        super().__init__(autoescape=autoescape, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
        self.globals.clear()
        self.filters = {name: function for name, function in self.filters.items() if name in FILTERS}

    def is_safe_callable(self, obj: Any) -> bool:  # noqa: ANN401 - overrides
        return False


PLAIN, HTML = _Sandbox(autoescape=False), _Sandbox(autoescape=True)


def check(template: TemplateText, *, parameters: frozenset[str]) -> None:
    """Raise `TemplateInvalid` for the first part with a syntax error, a forbidden construct or an unknown name."""
    for part, source in template.parts().items():
        tree = _parse(source, part=part)
        if found := next(iter(tree.find_all(FORBIDDEN_NODES)), None):
            raise TemplateInvalid(f"{type(found).__name__} in line {found.lineno} is not allowed", part=part)
        if _loop_depth(tree) > MAX_LOOP_DEPTH:
            raise TemplateInvalid(f"loops may be nested {MAX_LOOP_DEPTH} deep", part=part)
        if not _used_names(tree, part=part) <= parameters:
            raise TemplateInvalid(f"unknown parameters; allowed are {', '.join(sorted(parameters))}", part=part)


def _parse(source: str, *, part: str) -> nodes.Template:
    try:
        return PLAIN.parse(source)
    except TemplateSyntaxError as error:
        raise TemplateInvalid(f"syntax error in line {error.lineno}", part=part) from None


def _used_names(tree: nodes.Template, *, part: str) -> set[str]:
    """Return the names that a template uses. Computes its constants, so that forbidden operators must be excluded."""
    try:
        return meta.find_undeclared_variables(tree)
    except TemplateAssertionError as error:
        raise TemplateInvalid(f"unknown filter or test in line {error.lineno}", part=part) from None


def render(template: TemplateText, params: Mapping[str, Any], *, channel: ContactChannel) -> RenderedText:
    """Return the message for this channel. Raises `TemplateInvalid`."""
    subject = " ".join(_render(template.subject, params, part="subject").split())
    if channel is not ContactChannel.MAIL:
        source = template.text if template.short is None else template.short
        return RenderedText(subject, _render(source, params, part="short").strip())
    text = _render(template.text, params, part="text").strip() + "\n"
    html = None if template.html is None else _render(template.html, params, part="html", autoescape=True)
    return RenderedText(subject, text, html)


def _render(source: str, params: Mapping[str, Any], *, part: str, autoescape: bool = False) -> str:
    try:
        return "".join(_limited(_compiled(source, autoescape).generate(dict(params))))
    except (TemplateError, TypeError, ValueError, ArithmeticError, LookupError) as error:
        # The text of the error may repeat parameters, which are personal data.
        raise TemplateInvalid(f"does not render: {type(error).__name__}", part=part) from None


def _limited(chunks: Iterator[str]) -> Iterator[str]:
    length = 0
    for chunk in chunks:
        length += len(chunk)
        if length > MAX_CHARACTERS:
            raise ValueError("too long")
        yield chunk


@lru_cache(CACHED_TEMPLATES)
def _compiled(source: str, autoescape: bool) -> Template:  # noqa: FBT001 - part of the key of the cache
    return (HTML if autoescape else PLAIN).from_string(source)


def _loop_depth(node: nodes.Node) -> int:
    inner = max((_loop_depth(child) for child in node.iter_child_nodes()), default=0)
    return inner + isinstance(node, nodes.For)
