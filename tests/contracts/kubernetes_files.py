"""Renders deploy/k8s and validates it against the schemas of Kubernetes; run by `make check`.

The schemas come with a package, so no network is needed. Rendering needs kubectl or kustomize: without them each file
is validated as it lies, which it prints.
"""

import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import kubernetes_validate
import yaml

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "deploy" / "k8s"
OVERLAYS = ("base", "overlays/production", "overlays/trial")
VERSIONS = ("1.30", "1.37")
"""The oldest and the newest version of Kubernetes that the files are for."""

Resource = dict[str, Any]


def render_command() -> list[str] | None:
    """Return the command that renders a folder, or None if there is none on this machine."""
    if shutil.which("kustomize"):
        return ["kustomize", "build"]
    return ["kubectl", "kustomize"] if shutil.which("kubectl") else None


@cache
def rendered(overlay: str) -> tuple[Resource, ...]:
    """Return the resources of an overlay. Raises `CalledProcessError` if it cannot be rendered."""
    command = render_command()
    assert command is not None
    done = subprocess.run([*command, FOLDER / overlay], capture_output=True, text=True, check=True)
    return tuple(parse(done.stdout))


def as_they_lie() -> Iterator[Resource]:
    """Yield the resources of all files, before any patch."""
    for path in sorted(FOLDER.rglob("*.yaml")):
        if path.name != "kustomization.yaml":
            yield from parse(path.read_text())


def parse(text: str) -> list[Resource]:
    return [resource for resource in yaml.load_all(text, yaml.CSafeLoader) if resource]


def mistakes(resources: Iterable[Resource], versions: Iterable[str] = VERSIONS) -> list[str]:
    """Return a line for each resource that a version of Kubernetes would refuse: unknown fields are mistakes, too."""
    found = []
    for version in versions:
        for resource in resources:
            name = f"{version}: {resource['kind']} {resource['metadata']['name']}"
            try:
                kubernetes_validate.validate(resource, version, strict=True)
            except kubernetes_validate.ValidationError as error:
                found.append(f"{name}: {'/'.join(map(str, error.path))}: {error.message}")
            except kubernetes_validate.SchemaNotFoundError as error:
                found.append(f"{name}: {error.message}")
    return found


def main() -> int:
    if render_command() is None:
        print("deploy/k8s: validated without its patches, neither kubectl nor kustomize is installed")
        found = mistakes(as_they_lie())
    else:
        try:
            found = [f"{overlay}: {line}" for overlay in OVERLAYS for line in mistakes(rendered(overlay))]
        except subprocess.CalledProcessError as error:
            found = [error.stderr]
    print("\n".join(found) or f"deploy/k8s: valid for Kubernetes {VERSIONS[0]} and {VERSIONS[-1]}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
