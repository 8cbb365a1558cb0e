"""Readiness of the running product."""

import asyncio
import http.client
import json
from http import HTTPStatus
from typing import Any

from heed.doctor.findings import Finding, ok, problem, warning
from heed.doctor.subject import Subject
from heed.settings import Settings
from heed_common.health import OK

LIMIT_SECONDS = 10


async def check_product(subject: Subject) -> list[Finding]:
    """Check whether the embedded product is ready; elsewhere an orchestrator probes each process."""
    if subject.directory is None:
        return []
    if not subject.is_running:
        return [warning("product", "It is not running.", "`heed up` starts it.")]
    try:
        status, answer = await asyncio.to_thread(_readiness, subject.settings)
    except (OSError, http.client.HTTPException, ValueError) as error:
        detail = f"It is running and does not answer on {subject.settings.address}: {type(error).__name__}."
        return [problem("product", detail, "Check its output; HEED_HOST and HEED_PORT set the address of the check.")]
    wrong = {name: outcome for name, outcome in answer.get("checks", {}).items() if outcome != OK}
    if status == HTTPStatus.OK and not wrong:
        return [ok("product", f"It is ready on {subject.settings.address}.")]
    make = warning if status == HTTPStatus.OK else problem
    return [make("product", f"{name}: {outcome}", "See the lines below.") for name, outcome in wrong.items()]


def _readiness(settings: Settings) -> tuple[int, dict[str, Any]]:
    connection = http.client.HTTPConnection(settings.host, settings.port, timeout=LIMIT_SECONDS)
    try:
        connection.request("GET", "/readyz")
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())
    finally:
        connection.close()
