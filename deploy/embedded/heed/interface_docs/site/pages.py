"""Places of the repository's pages within the site, and their links to each other."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath
from posixpath import normpath, relpath

from heed.gateway import SERVICES

MOVED: Mapping[str, str] = {
    "README.md": "index.md",
    "deploy/README.md": "operating.md",
    "libs/measures/README.md": "measures.md",
    **{f"services/{name}/README.md": f"{name}-service.md" for name in SERVICES},
    "CONTRIBUTING.md": "contributing.md",
    "CODE_OF_CONDUCT.md": "code-of-conduct.md",
    "SECURITY.md": "security.md",
    "CHANGELOG.md": "changelog.md",
    "docs/README.md": "all-pages.md",
    "docs/interfaces/calls.md": "calls.md",
    "docs/interfaces/openapi.json": "openapi.json",
    "docs/interfaces/asyncapi.json": "asyncapi.json",
    "docs/site/site.css": "site.css",
}
"""Pages that are not at the same location as below `docs`."""
PAGES, DECISIONS = "docs/*.md", "docs/decisions/*.md"
COPIED = ("docs/*.txt",)
BEHIND_GUIDES = "---\nsearch:\n  boost: 0.2\n---\n\n"
"""Front matter of decisions: a search for a task finds its guide first."""
LINK = re.compile(r"(?<!!)\[([^\]]*)\]\((?!https?:|mailto:|#)([^)#\s]*)(#[^)\s]*)?\)")
FENCE = re.compile(r"^ {0,3}(```|~~~)")

BLOCK = re.compile(r"([*-] |\d+\. |\||```|~~~)")
"""Begins a list, a table or a block of code."""
BLOCK_LINE = re.compile(r"([*-] |\d+\. |\|| {2})")
"""Is within a list or a table."""


def sources(root: Path) -> dict[str, str]:
    """Return the location in the site of each file of the repository that it shows."""
    found = {
        path.relative_to(root).as_posix() for pattern in (PAGES, DECISIONS, *COPIED) for path in root.glob(pattern)
    }
    return {path: MOVED.get(path, path.removeprefix("docs/")) for path in sorted(found | MOVED.keys())}


def rewritten(text: str, *, source: str, locations: Mapping[str, str]) -> str:
    """Return the page with its links led to locations in the site; a link to anything else becomes its text."""

    def relocation(link: re.Match[str]) -> str:
        label, target, anchor = link[1], link[2], link[3] or ""
        path = normpath(str(PurePosixPath(source).parent / target))
        location = locations.get(path) or locations.get(f"{path}/README.md")
        if location is None:
            return label
        return f"[{label}]({relpath(location, PurePosixPath(locations[source]).parent)}{anchor})"

    page = "".join(line if is_code else LINK.sub(relocation, line) for line, is_code in _lines(separated(text)))
    return BEHIND_GUIDES + page if source.startswith(DECISIONS.partition("*")[0]) else page


def separated(text: str) -> str:
    """Return the page with an empty line between a paragraph and what follows it.

    GitHub begins a table, a list or a block of code without one; the site's Markdown does not.
    """
    parts, before, was_code = [], "", False
    for line, is_code in _lines(text):
        follows_code = was_code and not is_code
        begins = not was_code and BLOCK.match(line) and not BLOCK_LINE.match(before)
        if before.strip() and line.strip() and (follows_code or begins):
            parts.append("\n")
        parts.append(line)
        before, was_code = line, is_code
    return "".join(parts)


def _lines(text: str) -> Iterator[tuple[str, bool]]:
    """Yield each line and whether it is within a block of code."""
    is_code = False
    for line in text.splitlines(keepends=True):
        fence = FENCE.match(line) is not None
        yield line, is_code or fence
        is_code ^= fence
