"""The README's walk, as a reader would type it."""

import json
import os
import re
import subprocess
from pathlib import Path

import pytest

from tests.e2e.conftest import Address

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

README = Path(__file__).resolve().parents[2] / "README.md"
BLOCK = re.compile(r"```sh\n(.*?)```", re.DOTALL)


def walk() -> str:
    """All commands of the section, in their order."""
    text = README.read_text()
    section = text[text.index("## A walk") : text.index("## How it fits")]
    return "\n".join(BLOCK.findall(section))


def test_the_walk_of_the_readme_works(product: Address, tmp_path: Path) -> None:
    commands = walk()
    for shown, here in (
        ("HEED=http://127.0.0.1:8000", 'HEED="$BASE_URL"'),
        ("TOKEN=$(cat .heed/admin.token)", 'TOKEN="$ADMIN_TOKEN"'),
        ("crm-7", f"crm-{tmp_path.name}"),
        ("crm-8", f"caller-{tmp_path.name}"),
        ("order-'$day'", f"order-{tmp_path.name}-'$day'"),
        ("return-1", f"return-{tmp_path.name}"),
    ):
        assert shown in commands
        commands = commands.replace(shown, here)
    finished = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", commands],
        cwd=tmp_path,
        env=os.environ | {"BASE_URL": product.base_url, "ADMIN_TOKEN": product.token},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert finished.returncode == 0, finished.stderr
    risks = [float(risk) for risk in re.findall(r'"probability": ([0-9.]+)', finished.stdout)]
    values = [float(value) for value in re.findall(r'"value": \{\s+"amount": "([0-9.]+)"', finished.stdout)]
    assert len(risks) == len(values) == 4
    loyal, upset, relieved, _ = risks
    assert loyal < relieved < upset
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
