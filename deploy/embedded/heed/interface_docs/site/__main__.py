"""Assemble the pages of the documentation site for mkdocs: `python -m heed.interface_docs.site FOLDER [SHIM]`.

SHIM is the script by which the search works in pages that are opened without a server.
"""

import json
import shutil
import sys
from importlib.resources import files
from pathlib import Path
from typing import Any

from heed.interface_docs.site.event_pages import topic_pages
from heed.interface_docs.site.pages import rewritten, sources
from heed.interface_docs.site.problem_pages import problems_page
from heed.interface_docs.write import GOLDEN, INTERFACES, problem_meanings

REDOC = "redoc.standalone.js"
SHIM = "iframe-worker.js"
HTTP_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Heed: HTTP interface</title>
</head>
<body style="margin: 0">
<div id="reference"></div>
<script src="{redoc}"></script>
<script>
Redoc.init({document}, {{hideDownloadButton: true}}, document.getElementById("reference"))
</script>
</body>
</html>
"""


def main() -> None:
    """Write the pages into an empty folder."""
    root, target, shim = Path.cwd(), Path(sys.argv[1]), "".join(Path(path).read_text() for path in sys.argv[2:])
    shutil.rmtree(target, ignore_errors=True)
    locations = sources(root)
    for source, location in locations.items():
        text = (root / source).read_text()
        _write(
            target / location, rewritten(text, source=source, locations=locations) if location.endswith(".md") else text
        )
    openapi = _committed(root, "openapi")
    examples = {path.stem: path.read_text() for path in (root / GOLDEN).glob("*.json")}
    for topic, page in topic_pages(_committed(root, "asyncapi"), examples).items():
        _write(target / "events" / f"{topic}.md", page)
    _write(target / "problems.md", problems_page(problem_meanings(), openapi))
    # Within a page, so that it also opens from a folder without a server.
    _write(target / "http.html", HTTP_PAGE.format(redoc=REDOC, document=_script(openapi)))
    _write(target / SHIM, shim)
    _write(target / REDOC, (files("fastapi_offline") / "static" / REDOC).read_text())


def _committed(root: Path, name: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((root / INTERFACES / f"{name}.json").read_text())
    return document


def _script(document: dict[str, Any]) -> str:
    """Return JSON that cannot end the script around it."""
    return json.dumps(document, ensure_ascii=False).replace("</", "<\\/")


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


if __name__ == "__main__":
    main()
