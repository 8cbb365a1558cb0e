"""Check the licences and known vulnerabilities of the product's dependencies. Run by `make audit`.

A finding fails. Where the vulnerability database cannot be reached, the check passes with a message: `make check`
must work on a laptop on a train.
"""

import json
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
RUNTIME_LOCK = ROOT / "requirements" / "runtime.lock"
ALLOWED_LICENCES = (
    *(
        "Apache",
        "BSD",
        "ISC",
        "MIT",
        "MPL-2.0",
        "Mozilla Public License 2.0",
        "PSF",
        "Python Software Foundation",
        "Unlicense",
    ),
)
"""Parts of names; GPL and AGPL are not among them."""
AUDIT_SECONDS = 60


def locked_packages(lock: str) -> list[str]:
    """Return the names of the packages in the text of a lock file."""
    return re.findall(r"^([\w.-]+)==", lock, flags=re.MULTILINE)


def check_licences(packages: Sequence[str], allowed: Sequence[str] = ALLOWED_LICENCES) -> bool:
    """Print the first package whose licence is not allowed, and return whether there was none."""
    command = [*_program("piplicenses"), "--from=mixed", "--partial-match", "--allow-only", ";".join(allowed)]
    done = _run([*command, "--packages", *packages])
    if done.returncode:
        print(f"licences: {done.stderr.strip() or done.stdout.strip()}", file=sys.stderr)
        return False
    print(f"licences: {len(packages)} packages, all allowed")
    return True


def check_vulnerabilities(lock: Path) -> bool:
    """Print known vulnerabilities of the locked versions, and return whether there was none."""
    options = [
        "--requirement",
        str(lock),
        "--require-hashes",
        "--disable-pip",
        "--format",
        "json",
        "--progress-spinner",
        "off",
    ]
    try:
        done = _run([*_program("pip_audit"), "--requirement", str(lock), *options], timeout=AUDIT_SECONDS)
    except subprocess.TimeoutExpired:
        print(f"vulnerabilities: not checked, no answer in {AUDIT_SECONDS} s")
        return True
    return judge(done.stdout, done.stderr)


def judge(output: str, error: str) -> bool:
    """Print what pip-audit found, and return whether that was nothing. A missing network is tolerated, nothing else."""
    try:
        dependencies = json.loads(output)["dependencies"]
    except (ValueError, LookupError):
        return _is_network_missing(error)
    skipped = [entry["name"] for entry in dependencies if "skip_reason" in entry]
    found = [(entry["name"], entry["version"], vuln["id"]) for entry in dependencies for vuln in entry.get("vulns", ())]
    for name, version, identifier in found:
        print(f"vulnerabilities: {name} {version}: {identifier}", file=sys.stderr)
    print(
        f"vulnerabilities: {len(dependencies) - len(skipped)} packages checked, {len(skipped)} unknown to the database"
    )
    return not found


def _is_network_missing(error: str) -> bool:
    reason = error.strip().splitlines()[-1] if error.strip() else "no output"
    missing = re.search(r"Connection|Timeout|Name or service|resolve|unreachable|ServiceError", error) is not None
    print(f"vulnerabilities: {'not checked, no network' if missing else 'pip-audit failed'}: {reason}")
    return missing


def _program(module: str) -> list[str]:
    return [sys.executable, "-m", module]


def _run(command: list[str], timeout: float | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=ROOT, text=True, capture_output=True, check=False, timeout=timeout)  # noqa: S603


def main() -> int:
    packages = locked_packages(RUNTIME_LOCK.read_text())
    return 0 if check_licences(packages) & check_vulnerabilities(RUNTIME_LOCK) else 1


if __name__ == "__main__":
    sys.exit(main())
