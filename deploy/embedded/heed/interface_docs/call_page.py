"""The list of calls: each operation with the scope that it needs, by subject, as text to search."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

Document = Mapping[str, Any]
HEAD = """# Calls and scopes

Every operation with the scope that a key needs for it, generated from [openapi.json](openapi.json), which has
parameters, bodies and responses (to read: `/docs` of the running product). Lists also exist as `.csv` and `.ndjson`
behind their path. Without a scope the call is public, or any key may make it. A write scope does not include reading.
"""
ROW_BEGIN = "| call | scope | |\n|---|---|---|"


def calls_page(openapi: Document) -> str:
    """Return the page with all operations, by tag."""
    by_tag: defaultdict[str, list[str]] = defaultdict(list)
    for path, item in openapi["paths"].items():
        for method, operation in item.items():
            if method != "parameters" and not path.endswith(".{file_format}"):
                by_tag[operation["tags"][0]].append(_row(method, path, operation))
    lines = [HEAD]
    for tag in openapi["tags"]:
        if rows := by_tag[tag["name"]]:
            lines += [f"## {tag['name']}\n", f"{tag.get('description', '')}\n", ROW_BEGIN, *rows, ""]
    return "\n".join(lines)


def _row(method: str, path: str, operation: Document) -> str:
    scopes = ", ".join(f"`{scope}`" for scope in _scopes(operation))
    text = operation.get("description", "").split("\n\n")[0].replace("\n", " ").replace("|", "\\|")
    return f"| `{method.upper()} {path}` | {scopes} | {text} |"


def _scopes(operation: Document) -> Iterator[str]:
    for requirement in operation.get("security", ()):
        for scopes in requirement.values():
            yield from scopes
