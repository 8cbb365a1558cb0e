"""Import all that the packages in a folder import, so that Python stores its byte code: `compile_imports.py FOLDER`.

Byte code of everything would be a tenth of the image, and most of it is never read. It is a check as well: an import
that fails here, because something was left out of the image, fails the build.
"""

import ast
import importlib
import pkgutil
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

LATE = ("sqlalchemy.dialects.postgresql.asyncpg", "uvicorn.lifespan.off", "uvicorn.protocols.http.httptools_impl")
"""What libraries import by name, when it is used."""

STARTED = (".__main__", ".migrations.env")
"""What is started, by Python and by alembic, and not imported."""


def modules(folder: Path) -> Iterator[str]:
    """Return the names of the packages in the folder and of their modules."""
    for path in sorted(folder.glob("*/__init__.py")):
        package = path.parent
        yield package.name
        for module in pkgutil.walk_packages([str(package)], f"{package.name}."):
            if not module.name.endswith(STARTED):
                yield module.name


def imported(source: str) -> Iterator[tuple[str, str | None]]:
    """Return module and name of each import statement of a module, also of those within functions."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from ((alias.name, None) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield from ((node.module, alias.name) for alias in node.names)


def load(module: str, name: str | None) -> None:
    """Import a module, and the name if it is one of its modules. An extra that is not installed is skipped."""
    if find_spec(module.partition(".")[0]) is None:
        return
    loaded = importlib.import_module(module)
    if name is not None and name != "*" and not hasattr(loaded, name):
        importlib.import_module(f"{module}.{name}")


def main(folder: Path) -> None:
    sys.dont_write_bytecode = False
    for module in (*modules(folder), *LATE):
        importlib.import_module(module)
    for path in sorted(folder.rglob("*.py")):
        for module, name in imported(path.read_text(encoding="utf-8")):
            load(module, name)
    print(f"{len(sys.modules)} modules imported")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
