"""The catalogue of problems: every code with what it means and what to do, from the classes of the errors."""

import pkgutil
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from importlib import import_module
from re import sub

from heed_common.errors import HeedError

OWN_MODULES = ("heed_", "heed.")
NOT_IMPORTED = (".migrations", ".__main__")
PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Heed: problems</title>
<style>
:root {{ color-scheme: light dark; }}
body {{ font: 1rem/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 46rem; padding: 0 1rem; }}
dt {{ border-top: 1px solid #8886; margin-top: 1rem; padding-top: 1rem; }}
dt:target {{ background: #fd04; }}
dd {{ margin: 0; }}
code {{ font-size: 1.05em; }}
</style>
</head>
<body>
<main>
<h1>Problems</h1>
<p>Every error is a problem document (RFC 9457). Its <code>type</code> leads here, its <code>code</code> is for
programs, its <code>detail</code> for people, and <code>errors</code> names what in the request has to change.</p>
<dl>
{entries}
</dl>
</main>
</body>
</html>
"""
ENTRY = '<dt id="{code}"><code>{code}</code> · {status}</dt>\n{explained}'


@dataclass(frozen=True, slots=True, order=True)
class Meaning:
    """What a code means in a service, and what a caller can do."""

    status: int
    title: str
    advice: str


Catalogue = Mapping[str, Sequence[Meaning]]


def load(packages: Iterable[str]) -> None:
    """Import all modules of the packages, so that the catalogue is complete."""
    for name in packages:
        for module in pkgutil.walk_packages(import_module(name).__path__, f"{name}."):
            if not any(part in f"{module.name}." for part in NOT_IMPORTED):
                import_module(module.name)


def catalogue() -> Catalogue:
    """Return the codes of all errors that are loaded, sorted. Two services may use one with their own meaning."""
    meanings: defaultdict[str, set[Meaning]] = defaultdict(set)
    for kind in _subclasses(HeedError):
        if f"{kind.__module__}.".startswith(OWN_MODULES):
            meanings[kind.code].add(Meaning(kind.status, kind.title, kind.advice))
    return {code: sorted(meanings[code]) for code in sorted(meanings)}


def render(entries: Catalogue) -> str:
    """Return the catalogue as a page."""
    return PAGE.format(
        entries="\n".join(
            ENTRY.format(code=code, status=meanings[0].status, explained="\n".join(_explained(one) for one in meanings))
            for code, meanings in entries.items()
        )
    )


def _subclasses(kind: type[HeedError]) -> Iterator[type[HeedError]]:
    yield kind
    for subclass in kind.__subclasses__():
        yield from _subclasses(subclass)


def _explained(meaning: Meaning) -> str:
    return f"<dd>{_text(meaning.title)}</dd>\n<dd>→ {_text(meaning.advice)}</dd>"


def _text(text: str) -> str:
    """Return it escaped, with backquoted parts as code."""
    return sub(r"`([^`]+)`", r"<code>\1</code>", escape(text, quote=False))
