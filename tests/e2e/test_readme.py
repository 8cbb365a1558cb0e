"""The README's walk, as a reader would type it."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.browsers import find_chromium
from tests.e2e.conftest import Address
from tests.e2e.product import EmbeddedProduct

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

README = Path(__file__).resolve().parents[2] / "README.md"
BLOCK = re.compile(r"```sh\n(.*?)```", re.DOTALL)


ASK = "## Ask the customers"
ANSWER = 'echo "$LINK"   # open it in a browser and answer'


def commands_of(text: str, *, replaced: Mapping[str, str]) -> str:
    """Return the commands of a part of the README, with what is different here."""
    commands = "\n".join(BLOCK.findall(text))
    for shown, here in replaced.items():
        assert shown in commands
        commands = commands.replace(shown, here)
    return commands


def run(commands: str, folder: Path, address: Address) -> str:
    """Run the commands in the folder; return what they print."""
    finished = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", commands],
        cwd=folder,
        env=os.environ | {"BASE_URL": address.base_url, "ADMIN_TOKEN": address.token},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert finished.returncode == 0, finished.stderr
    return finished.stdout


ADDRESS_HERE = {
    "HEED=http://127.0.0.1:8000": 'HEED="$BASE_URL"',
    "TOKEN=$(cat .heed/admin.token)": 'TOKEN="$ADMIN_TOKEN"',
}


def test_the_walk_of_the_readme_works(product: Address, tmp_path: Path) -> None:
    text = README.read_text()
    walk = text[text.index("## A walk") : text.index(ASK)] + text[text.index("## The complaint desk") :]
    names = {
        "crm-7": f"crm-{tmp_path.name}",
        "crm-8": f"caller-{tmp_path.name}",
        "order-'$day'": f"order-{tmp_path.name}-'$day'",
        "return-1": f"return-{tmp_path.name}",
    }
    commands = commands_of(walk[: walk.index("## How it fits")], replaced=ADDRESS_HERE | names)
    output = run(commands, tmp_path, product)
    risks = [float(risk) for risk in re.findall(r'"probability": ([0-9.]+)', output)]
    values = [float(value) for value in re.findall(r'"value": \{\s+"amount": "([0-9.]+)"', output)]
    assert len(risks) == len(values) == 4
    loyal, upset, relieved, after_return = risks
    assert loyal < relieved < upset
    assert relieved < after_return
    assert values[3] < values[2]
    files = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    (caller,) = [
        item for item in json.loads(files["caller.json"])["items"] if tmp_path.name in item["customer"]["external_id"]
    ]
    assert (caller["customer"]["name"], caller["matched_by"]) == ("张伟", "phone")
    assert json.loads(files["no_consent.json"])["reason"] == "no_consent"
    assert json.loads(files["consent.json"])["granted"] is True
    assert "客户已登记" in {item["title"] for item in json.loads(files["timeline.json"])["items"]}
    assert "张伟" in files["customers.csv"].decode()
    assert {clock["state"] for clock in json.loads(files["deadlines.json"])["items"]} == {"met", "cancelled", "running"}
    assert json.loads(files["moved.json"])["dry_run"] is True
    assert "items" in json.loads(files["next.json"])
    assert json.loads(files["pareto.json"])["complaints"] >= 1
    assert files["pareto.png"].startswith(b"\x89PNG")
    assert b"<form" in files["form.html"]


def test_a_new_subscriber_misses_nothing_between_the_state_and_the_feed(product: Address, tmp_path: Path) -> None:
    page = (README.parent / "docs" / "events.md").read_text()
    register = """
        register() { curl -sSf "$HEED/v1/customers" -H "Authorization: Bearer $TOKEN" \\
            -H 'Content-Type: application/json' -d '{"kind": "individual", "name": "Li Na", "external_id": "'$1'"}'; }
    """
    (recipe,) = BLOCK.findall(page)
    before, during = f"before-{tmp_path.name}", f"during-{tmp_path.name}"
    recipe = recipe.replace("for list in", f"register {during} > during.json\nfor list in")
    run(
        f'HEED="$BASE_URL" TOKEN="$ADMIN_TOKEN"\n{register}register {before} > before.json\n{recipe}', tmp_path, product
    )
    ids = {name: json.loads((tmp_path / f"{name}.json").read_text())["id"] for name in ("before", "during")}
    stored = {json.loads(line)["id"] for line in (tmp_path / "customers.ndjson").read_text().splitlines()}
    followed = {event["subject"] for event in json.loads((tmp_path / "next.json").read_text())["items"]}
    assert ids["before"] in stored
    assert ids["during"] in stored & followed


def test_a_survey_is_sampled_sent_answered_in_a_browser_and_known_with_its_error(tmp_path: Path) -> None:
    text = README.read_text()
    begin = text[text.index("## A walk") : text.index("A customer buys three times")]
    (definition,) = [line for line in text.splitlines() if line.startswith("get() ")]
    survey = text[text.index(ASK) : text.index("## The complaint desk")]
    respond = f'"{sys.executable}" -m tests.e2e.respondent "{find_chromium()}" "$LINK"'
    embedded = EmbeddedProduct(HEED_QUIET_HOURS="none")
    try:
        embedded.start()
        mail = str(embedded.data_dir / "mail")
        commands = commands_of(
            f"{begin}\n```sh\n{definition}\n```\n{survey}",
            replaced=ADDRESS_HERE | {".heed/mail": mail, ANSWER: f"(cd {README.parent} && {respond})"},
        )
        run(commands, tmp_path, Address(embedded.base_url, embedded.token))
        assert embedded.stop() == 0
    finally:
        embedded.remove()

    def stored(name: str) -> Any:
        return json.loads((tmp_path / f"{name}.json").read_text())

    assert (stored("plan")["population"], stored("plan")["size"], stored("rehearsal")["outcomes"]) == (
        40,
        30,
        {"queued": 30},
    )
    known, naive = stored("nps")["nps"], stored("nps_of_convenience")["nps"]
    assert (known["n"], round(known["estimate"], 1), round(naive["estimate"], 1)) == (30, -16.7, -16.7)
    assert round(known["high"] - known["estimate"], 1) == 15.6
    assert round(naive["high"] - naive["estimate"], 1) == 31.1
    score = stored("respondent")
    factors = {part["factor"] for part in score["explanation"] if part["score"] == "churn_risk"}
    assert {"open_complaint", "attitude"} <= factors
    assert score["churn_risk"]["probability"] > 0.5
