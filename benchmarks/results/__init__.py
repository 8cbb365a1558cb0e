"""Figures of a run as a file, and a run compared with the stored one.

`make bench` writes last.json here. stored.json is such a file of an idle machine, part of the repository.
"""

import json
import os
import platform
import subprocess
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

FOLDER = Path(__file__).parent
LAST, STORED = FOLDER / "last.json", FOLDER / "stored.json"
MAX_LOSS = 0.2

Line = dict[str, Any]


class Regression(NamedTuple):
    """A claim whose ratio to its raw reference is worse than the stored one by more than a fifth."""

    claim: str
    stored: float
    ratio: float

    def __str__(self) -> str:
        return f"{self.claim}: ratio {self.ratio} against {self.stored} stored"


def write(lines: Sequence[Line], path: Path) -> None:
    """Store a run with the machine it ran on."""
    content = {"machine": _machine(), "measured_at": datetime.now(UTC).isoformat(timespec="seconds"), "lines": lines}
    path.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def read(path: Path = STORED) -> Sequence[Line]:
    """Return the lines of a stored run."""
    lines: Sequence[Line] = json.loads(path.read_text(encoding="utf-8"))["lines"]
    return lines


def regressions(lines: Sequence[Line], stored: Sequence[Line]) -> Iterator[Regression]:
    """Yield the claims of both runs that got worse. A rate must not fall, a time must not rise.

    Ratios are compared, not figures: the raw reference of the same run carries the speed and the load of the machine.
    """
    before = {line["claim"]: line for line in stored if "better" in line}
    for line in lines:
        old = before.get(line["claim"])
        if old is None or "better" not in line:
            continue
        ratio, base = float(line["ratio"]), float(old["ratio"])
        loss = base / ratio if line["better"] == "higher" else ratio / base
        if loss > 1 + MAX_LOSS:
            yield Regression(line["claim"], base, ratio)


def _machine() -> Line:
    cpu = next((line for line in _lines("/proc/cpuinfo") if line.startswith("model name")), "unknown")
    memory = next((line for line in _lines("/proc/meminfo") if line.startswith("MemTotal")), "0")
    return {
        "processor": cpu.partition(":")[2].strip() or cpu,
        "cores": os.cpu_count(),
        "memory": memory.partition(":")[2].strip(),
        "python": platform.python_version(),
        "commit": subprocess.run(
            ("git", "rev-parse", "--short", "HEAD"), capture_output=True, text=True, check=False
        ).stdout.strip(),
        "load": os.getloadavg()[0],
    }


def _lines(path: str) -> Sequence[str]:
    try:
        return Path(path).read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return ()
