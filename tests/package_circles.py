"""Import circles between the packages of a service: `python -m tests.package_circles heed_complaint`.

At depth 1 the packages are the districts of a service, at depth 2 the features within them. A module outside a package
counts as a package of its own, and migrations do not count.
"""

import ast
import sys
from collections.abc import Mapping
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

Graph = Mapping[str, set[str]]
DEPTHS = (1, 2)


def import_graph(root: Path, *, depth: int) -> Graph:
    """Return for each package up to this depth the packages that it imports."""
    modules = {_module(root, path) for path in root.rglob("*.py")}
    graph: dict[str, set[str]] = {}
    for path in sorted(root.rglob("*.py")):
        if "migrations" in path.parts:
            continue
        package = _cut(_module(root, path), depth)
        graph.setdefault(package, set()).update(
            imported for imported in (_cut(name, depth) for name in _imports(path, root.name, modules)) if imported
        )
    return {package: imported - {package} for package, imported in graph.items() if package}


def find_circle(graph: Graph) -> list[str]:
    """Return the packages of one circle, each importing the next one, or nothing."""
    try:
        TopologicalSorter({package: sorted(imported) for package, imported in sorted(graph.items())}).prepare()
    except CycleError as error:
        # graphlib names each package before the one that imports it.
        return list(reversed(error.args[1]))
    return []


def _imports(path: Path, service: str, modules: set[str]) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] == service:
            inner = node.module.partition(".")[2]
            for alias in node.names:
                member = f"{inner}.{alias.name}".strip(".")
                names.add(member if member in modules else inner)
    return names


def _module(root: Path, path: Path) -> str:
    """Return the module's name below the service."""
    return ".".join(path.relative_to(root).with_suffix("").parts).removesuffix("__init__").rstrip(".")


def _cut(module: str, depth: int) -> str:
    return ".".join(module.split(".")[:depth])


def main(services: list[str]) -> int:
    """Print one circle at each depth and return 1 if there is any."""
    circles = []
    for service in services:
        root = Path("services") / service.removeprefix("heed_") / service
        for depth in DEPTHS:
            graph = import_graph(root, depth=depth)
            if not graph:
                raise SystemExit(f"{root}: there is no such service")
            circle = find_circle(graph)
            circles += [circle] if circle else []
            print(f"{service}, depth {depth}: {' -> '.join(circle) or 'no circle'}")
    return int(bool(circles))


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
