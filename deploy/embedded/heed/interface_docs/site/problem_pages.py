"""The catalogue of problems: each code with its meaning, what to do, and the operations that answer it."""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from heed_common.problem_catalogue import Catalogue, Meaning

Document = dict[str, Any]
CODE = re.compile(r"`([a-z_]+)`")
HEAD = """# Problems

Every response of 400 and above is a problem document (RFC 9457):

```json
{"type": "/docs/problems#unknown_category", "title": "The category is not in the taxonomy.", "status": 422,
 "detail": "The category is not in the taxonomy.", "code": "unknown_category",
 "errors": [{"pointer": "/category", "detail": "The category is not in the taxonomy."}],
 "instance": "urn:heed:request:0c6f…"}
```

`code` is for programs and keeps its meaning; `detail` is for people and may change. `errors` names parts of the body
by JSON pointers, `in` those of query, path or header. Sent values are never repeated. The product has this list
at `/docs/problems`. What any operation may answer (401, 403, 408, 413, 429, 503 …) is listed without operations.
"""


def problems_page(catalogue: Catalogue, openapi: Document) -> str:
    """Return the page with all codes, by status and name."""
    operations = _operations_by_code(openapi)
    by_status: defaultdict[int, list[str]] = defaultdict(list)
    for code, meanings in catalogue.items():
        by_status[meanings[0].status].append(code)
    lines = [HEAD]
    for status in sorted(by_status):
        lines.append(f"## {status}\n")
        for code in by_status[status]:
            lines.extend(_entry(code, catalogue[code], operations.get(code, ())))
    return "\n".join(lines) + "\n"


def _entry(code: str, meanings: Sequence[Meaning], operations: Sequence[str]) -> Iterator[str]:
    yield f"### `{code}` {{ #{code} }}\n"
    for meaning in meanings:
        yield f"{meaning.title}  \n→ {meaning.advice}\n"
    if operations:
        yield f"{' · '.join(f'`{operation}`' for operation in operations)}\n"


def _operations_by_code(openapi: Document) -> Mapping[str, Sequence[str]]:
    found: defaultdict[str, list[str]] = defaultdict(list)
    for path, item in openapi["paths"].items():
        for method, operation in item.items():
            for described in operation.get("responses", {}).values():
                for code in CODE.findall(described.get("description", "")):
                    found[code].append(f"{method.upper()} {path}")
    return found
