"""The house rules that no linter knows, each a question to one parsed file."""

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

LONGEST_FILE = 400
PRODUCT = ("libs", "services", "deploy")
PYTHON = (*PRODUCT, "tests", "benchmarks", "requirements")
OFFSET_COMMITTERS = {"subscriber", "_subscriber", "consumer", "_consumer"}
HTTP_FILES = {
    "app.py",
    "api.py",
    "auth.py",
    "visibility_guard.py",
    "dependencies.py",
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
    """A Python file with its place in the repository."""

    path: Path
    source: str

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.source)

    @cached_property
    def nodes(self) -> list[ast.AST]:
        """Of the whole tree, walked once for all rules."""
        return list(ast.walk(self.tree))


Rule = Callable[[File], Iterator[str]]


def is_product(file: File) -> bool:
    return file.path.parts[0] in PRODUCT


def only_the_database_commits(file: File) -> Iterator[str]:
    """One request or batch is one transaction; a subscriber's offsets are no transaction."""
    if not is_product(file) or file.path == Path("libs/common/heed_common/database.py"):
        return
    for node in file.nodes:
        if isinstance(node, ast.Attribute) and node.attr == "commit" and not _name(node.value) & OFFSET_COMMITTERS:
            yield f"line {node.lineno}: commits outside database.py"


def kafka_has_one_door(file: File) -> Iterator[str]:
    if is_product(file) and file.path.parent.parts[-2:] != ("broker", "kafka"):
        yield from _imports_of(file, {"aiokafka"})


def http_stays_at_the_door(file: File) -> Iterator[str]:
    """`http`, the package, and the few files that translate."""
    at_the_door = (
        file.path.name in HTTP_FILES or file.path.stem.startswith("http") or {"http", "auth"} & set(file.path.parts)
    )
    if is_product(file) and not at_the_door:
        yield from _imports_of(file, {"fastapi", "starlette"})


def rules_are_pure(file: File) -> Iterator[str]:
    """What decides can be tried without a database, a loop or a clock."""
    if file.path.name != "rules.py":
        return
    yield from _imports_of(file, IMPURE)
    for node in file.nodes:
        if isinstance(node, ast.AsyncFunctionDef):
            yield f"line {node.lineno}: a rule waits for nothing"


def imports_are_absolute(file: File) -> Iterator[str]:
    for node in file.nodes:
        if isinstance(node, ast.ImportFrom) and node.level:
            yield f"line {node.lineno}: relative import"


def files_can_be_read_at_a_sitting(file: File) -> Iterator[str]:
    if (lines := file.source.count("\n")) > LONGEST_FILE:
        yield f"{lines} lines"


def names_say_what_is_in_a_file(file: File) -> Iterator[str]:
    if file.path.stem in VAGUE_NAMES:
        yield "a name that says nothing"


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


def each_file_says_what_it_is_for(file: File) -> Iterator[str]:
    """Errors speak for themselves, and so do tests."""
    exempt = file.path.name in {"errors.py", "__init__.py"} or not is_product(file)
    if not exempt and ast.get_docstring(file.tree) is None:
        yield "no docstring"


RULES: tuple[Rule, ...] = (
    only_the_database_commits,
    kafka_has_one_door,
    http_stays_at_the_door,
    rules_are_pure,
    imports_are_absolute,
    files_can_be_read_at_a_sitting,
    names_say_what_is_in_a_file,
    scoring_days_are_business_days,
    each_file_says_what_it_is_for,
)


def _name(node: ast.expr) -> set[str]:
    """The last name of what a method is called on."""
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
