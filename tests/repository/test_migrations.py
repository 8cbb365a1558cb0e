"""A migration stays as it was written: it imports no product code but what stored values are computed with."""

import ast
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ALLOWED = {"heed_common", "heed_common.platform_migrations", "heed_common.text"}
"""Tables of the platform as they were then, and the normal form, which must equal that of the running code."""
ALLOWED_FROM_COMMON = {"platform_migrations", "normalized_columns"}


def test_migrations_import_no_code_that_changes():
    paths = sorted(ROOT.glob("services/*/heed_*/migrations/versions/*.py"))
    assert len(paths) > 50
    found = [
        f"{path.name}: {node.module}"
        for path in paths
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ImportFrom)
        and (node.module or "").startswith("heed_")
        and not (
            node.module in ALLOWED
            and (node.module != "heed_common" or {alias.name for alias in node.names} <= ALLOWED_FROM_COMMON)
        )
    ]
    assert found == []
