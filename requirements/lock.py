"""Writes the lock files (versions and hashes, no addresses) from what the packages' own pyproject.toml ask for.

Run by `make lock`; needs `uv`. One lock for everything that runs, one for development (a superset), one for each
service, so that an image holds that service's dependencies only, one for building our packages in images, and one for
the wheel that carries the demo's data.
"""

import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = {
    tomllib.loads(path.read_text())["project"]["name"]: path for path in sorted(ROOT.glob("*/*/pyproject.toml"))
}


def asked_for(package: str) -> set[str]:
    """The third-party requirements of a package and of the packages of ours that it stands on."""
    requirements = tomllib.loads(PACKAGES[package].read_text())["project"]["dependencies"]
    ours = {requirement for requirement in requirements if requirement in PACKAGES}
    return (set(requirements) - ours).union(*(asked_for(name) for name in ours))


def extra(package: str, name: str) -> set[str]:
    """The third-party requirements of an extra of a package."""
    return set(tomllib.loads(PACKAGES[package].read_text())["project"]["optional-dependencies"][name])


def compile_lock(name: str, requirements: set[str], constraints: Path | None = None, *options: str) -> None:
    """One lock; the smaller ones take their versions from the largest."""
    target = ROOT / "requirements" / f"{name}.lock"
    command = [
        *("uv", "pip", "compile", "-", "--quiet", "--universal", "--python-version", "3.11"),
        *("--generate-hashes", "--no-header", "--no-annotate", "--output-file", str(target)),
        *(["--constraints", str(constraints)] if constraints else []),
        *options,
        *sys.argv[1:],
    ]
    subprocess.run(command, input="\n".join(sorted(requirements)), text=True, check=True, cwd=ROOT)  # noqa: S603


def main() -> None:
    def lines(name: str) -> set[str]:
        text = (ROOT / "requirements" / name).read_text()
        return {line for line in text.splitlines() if line and not line.startswith("#")}

    build, traces = lines("build.in"), extra("heed-common", "otel")
    compile_lock("dev", asked_for("heed") | traces | lines("dev.in") | build)
    dev = ROOT / "requirements" / "dev.lock"
    compile_lock("runtime", asked_for("heed") | build, dev)
    compile_lock("demo", {"lifetimes"}, dev, "--no-deps")
    for service in ("customer", "complaint", "survey", "scoring"):
        compile_lock(service, asked_for(f"heed-{service}") | traces, dev)
    compile_lock("build", build, dev)


if __name__ == "__main__":
    main()
