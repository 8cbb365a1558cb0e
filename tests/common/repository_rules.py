"""Rules of the repository that no linter has; each checks one parsed file."""

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

MAX_LINES = 400
PRODUCT = ("libs", "services", "deploy")
PYTHON = (*PRODUCT, "tests", "benchmarks", "requirements")
OFFSET_COMMITTERS = {"subscriber", "_subscriber", "consumer", "_consumer"}
HTTP_FILES = {
    "app.py",
    "cli.py",
    "services.py",
    "api.py",
    "auth.py",
    "visibility_guard.py",
    "dependencies.py",
    "grouped_posts.py",
    "negotiation.py",
    "idempotency.py",
    "paging.py",
    "fields.py",
    "health.py",
    "documents.py",
}
VAGUE_NAMES = {"utils", "helpers", "manager", "base", "models", "common", "misc"}
IMPURE = {"fastapi", "sqlalchemy", "asyncpg", "httpx", "asyncio", "heed_common.database", "heed_common.clock"}


@dataclass(frozen=True)
class File:
    """A Python file, with its path in the repository."""

    path: Path
    source: str

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.source)

    @cached_property
    def nodes(self) -> list[ast.AST]:
        """Return all nodes of the tree, which is walked once for all rules."""
        return list(ast.walk(self.tree))


Rule = Callable[[File], Iterator[str]]


def is_product(file: File) -> bool:
    return file.path.parts[0] in PRODUCT


def only_database_py_commits(file: File) -> Iterator[str]:
    """One request or batch is one transaction; a subscriber's offsets are no transaction."""
    if not is_product(file) or file.path == Path("libs/common/heed_common/database.py"):
        return
    for node in file.nodes:
        if isinstance(node, ast.Attribute) and node.attr == "commit" and not _name(node.value) & OFFSET_COMMITTERS:
            yield f"line {node.lineno}: commits outside database.py"


def only_the_kafka_adapter_imports_aiokafka(file: File) -> Iterator[str]:
    if is_product(file) and file.path.parent.parts[-2:] != ("broker", "kafka"):
        yield from _imports_of(file, {"aiokafka"})


def only_the_http_api_imports_fastapi(file: File) -> Iterator[str]:
    """Allow them in packages `http` and `auth`, and in the few files that translate or wire."""
    is_named_http = file.path.name in HTTP_FILES or file.path.stem.startswith("http")
    is_http = is_named_http or {"http", "auth", "api"} & set(file.path.parts)
    if is_product(file) and not is_http:
        yield from _imports_of(file, {"fastapi", "starlette"})


def rules_are_pure(file: File) -> Iterator[str]:
    """A decision can be tested without a database, an event loop or a clock."""
    if file.path.name != "rules.py":
        return
    yield from _imports_of(file, IMPURE)
    for node in file.nodes:
        if isinstance(node, ast.AsyncFunctionDef):
            yield f"line {node.lineno}: a rule is not async"


def imports_are_absolute(file: File) -> Iterator[str]:
    for node in file.nodes:
        if isinstance(node, ast.ImportFrom) and node.level:
            yield f"line {node.lineno}: relative import"


def files_are_short(file: File) -> Iterator[str]:
    if (lines := file.source.count("\n")) > MAX_LINES:
        yield f"{lines} lines"


def file_names_are_specific(file: File) -> Iterator[str]:
    if file.path.stem in VAGUE_NAMES:
        yield "a vague name"


def scoring_days_are_business_days(file: File) -> Iterator[str]:
    """A day of a score is a day in the organisation's time zone: only `BusinessDays` converts."""
    if file.path.parts[:2] != ("services", "scoring"):
        return
    for node in file.nodes:
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            continue
        to_moment = node.func.attr == "combine" and "datetime" in _name(node.func.value)
        if to_moment or (node.func.attr == "date" and not node.args and not node.keywords):
            yield f"line {node.lineno}: converts without BusinessDays"


def modules_have_docstrings(file: File) -> Iterator[str]:
    """Files of errors and tests need none."""
    exempt = file.path.name in {"errors.py", "__init__.py"} or not is_product(file)
    if not exempt and ast.get_docstring(file.tree) is None:
        yield "no docstring"


RULES: tuple[Rule, ...] = (
    only_database_py_commits,
    only_the_kafka_adapter_imports_aiokafka,
    only_the_http_api_imports_fastapi,
    rules_are_pure,
    imports_are_absolute,
    files_are_short,
    file_names_are_specific,
    scoring_days_are_business_days,
    modules_have_docstrings,
)


def _name(node: ast.expr) -> set[str]:
    """Return the last name of the expression on which a method is called."""
    if isinstance(node, ast.Attribute):
        return {node.attr}
    return {node.id} if isinstance(node, ast.Name) else set()


def _imports_of(file: File, forbidden: set[str]) -> Iterator[str]:
    for node in file.nodes:
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom) and node.module:
            names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
        hits = {word for name in names for word in forbidden if name == word or name.startswith(f"{word}.")}
        for hit in sorted(hits):
            yield f"line {getattr(node, 'lineno', 0)}: imports {hit}"
