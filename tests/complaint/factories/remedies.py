"""Playbooks, remedies and guarantees as tests need them."""

from datetime import UTC, datetime
from typing import Any

CLERK, OTHER_CLERK, HEAD_OF_DESK = "clerk", "other clerk", "head of desk"
LONG_AGO = "2026-01-01T00:00:00Z"
WORDING = {"en": "Do it", "zh": "请办理"}
START = datetime(2026, 1, 1, tzinfo=UTC)


def make_step(code: str, **overrides: Any) -> dict[str, Any]:
    return {"code": code, "do": WORDING, **overrides}


def make_playbook(**overrides: Any) -> dict[str, Any]:
    return {"order": 10, "title": WORDING, "steps": [make_step("say_sorry")], **overrides}


def make_guarantee(**overrides: Any) -> dict[str, Any]:
    given = {
        "scope": "single_attribute",
        "promise": {"en": "Solved in time or 25 back", "zh": "超时赔付25"},
        "attributes": ["resolution"],
        "payout": {"kind": "compensation", "amount": "25"},
        "promised_by": "Head of service",
        "published_at": ["Web site"],
        "valid_from": LONG_AGO,
    }
    return given | overrides
