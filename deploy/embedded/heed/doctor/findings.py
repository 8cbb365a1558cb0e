"""Findings of checks and their output formats."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    OK = "ok"
    WARNING = "warning"
    """It works, but needs attention."""
    PROBLEM = "problem"
    """It does not work, or soon will not."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One line: the check, the result, and the remedy."""

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
    """Return whether there is no problem; warnings are allowed."""
    return all(finding.level is not Level.PROBLEM for finding in findings)


def as_text(findings: Sequence[Finding]) -> str:
    """Return a line for each finding, with the remedy below it."""
    width = max(len(finding.check) for finding in findings)
    lines = []
    for finding in findings:
        lines.append(f"{finding.level:<7}  {finding.check:<{width}}  {finding.detail}")
        if finding.remedy:
            lines.append(f"{'':<7}  {'':<{width}}  -> {finding.remedy}")
    return "\n".join(lines)


def as_json(findings: Sequence[Finding]) -> str:
    """Return the findings as JSON."""
    found = [
        {"check": finding.check, "level": finding.level, "detail": finding.detail, "remedy": finding.remedy}
        for finding in findings
    ]
    return json.dumps({"ok": is_sound(findings), "findings": found}, indent=2)
