"""What a check finds, and how it is shown."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    OK = "ok"
    WARNING = "warning"
    """It works; somebody should look at it."""
    PROBLEM = "problem"
    """Something does not work, or soon will not."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One line: what was looked at, how it is, and what to do."""

    check: str
    level: Level
    detail: str
    remedy: str | None = None


def ok(check: str, detail: str) -> Finding:
    return Finding(check, Level.OK, detail)


def warning(check: str, detail: str, remedy: str) -> Finding:
    return Finding(check, Level.WARNING, detail, remedy)


def problem(check: str, detail: str, remedy: str) -> Finding:
    return Finding(check, Level.PROBLEM, detail, remedy)


def is_sound(findings: Sequence[Finding]) -> bool:
    """Return whether there is no problem; warnings leave it sound."""
    return all(finding.level is not Level.PROBLEM for finding in findings)


def as_text(findings: Sequence[Finding]) -> str:
    """Return a line for each finding, and under it what to do."""
    width = max(len(finding.check) for finding in findings)
    lines = []
    for finding in findings:
        lines.append(f"{finding.level:<7}  {finding.check:<{width}}  {finding.detail}")
        if finding.remedy:
            lines.append(f"{'':<7}  {'':<{width}}  -> {finding.remedy}")
    return "\n".join(lines)


def as_json(findings: Sequence[Finding]) -> str:
    """Return the findings for a program."""
    found = [
        {"check": finding.check, "level": finding.level, "detail": finding.detail, "remedy": finding.remedy}
        for finding in findings
    ]
    return json.dumps({"ok": is_sound(findings), "findings": found}, indent=2)
