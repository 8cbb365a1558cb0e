"""Clients generated from the OpenAPI document do the walk of the README, and `heed_client` the examples of its page."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.conftest import Address, shapes

# The broker makes no difference to a client: one shape is enough.
one_shape = pytest.mark.parametrize("product", shapes()[:1], indirect=True, scope="session")
pytestmark = [pytest.mark.e2e, pytest.mark.slow, one_shape]

ROOT = Path(__file__).resolve().parents[2]
CLIENTS = Path(__file__).resolve().parent / "clients"
PAGE = ROOT / "docs" / "client.md"
DOCUMENT = ROOT / "docs" / "interfaces" / "openapi.json"
TOOLS = ROOT / ".cache" / "node"
SECONDS = 300


def run(*command: str | Path, folder: Path, **environment: str) -> str:
    done = subprocess.run(
        command,
        cwd=folder,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def walk(*command: str | Path, folder: Path, product: Address, **environment: str) -> list[Any]:
    """Return the scores that the walk has printed."""
    address = {"HEED_URL": product.base_url, "HEED_TOKEN": product.token}
    scores: list[Any] = json.loads(run(*command, folder.name, folder=folder, **address, **environment))
    return scores


def check(scores: list[Any]) -> None:
    """The walk registers, registers again, buys three times, complains, is helped, and sends one kettle back."""
    risks = [float(score["churn_risk"]["probability"]) for score in scores]
    values = [float(score["value"]["amount"]) for score in scores]
    *_, loyal, upset, _, relieved, _ = risks
    assert len(scores) == 9
    assert loyal < relieved < upset
    assert values[-1] < values[-2]
    assert {score["customer_id"] for score in scores} == {scores[0]["customer_id"]}


def test_the_generated_python_client_walks_the_readme(product: Address, tmp_path: Path) -> None:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    generate = [Path(sys.executable).parent / "openapi-python-client", "generate", "--meta", "none"]
    options = ["--path", DOCUMENT, "--output-path", tmp_path / "heed_api"]
    config = ["--config", CLIENTS / "openapi-python-client.yaml", "--fail-on-warning"]
    run(*generate, *options, *config, folder=tmp_path, PATH=path)
    check(walk(sys.executable, CLIENTS / "walk.py", folder=tmp_path, product=product, PYTHONPATH=str(tmp_path)))


def test_the_examples_of_the_python_client_run(product: Address, tmp_path: Path) -> None:
    address = {"HEED_URL": product.base_url, "HEED_TOKEN": product.token}
    write, lists, loop, webhook = re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL)
    assert all(len(example.strip().splitlines()) <= 14 for example in (write, lists, loop, webhook))
    assert float(run(sys.executable, "-c", write, folder=tmp_path, **address)) > 0
    printed = run(sys.executable, "-c", lists, folder=tmp_path, **address)
    assert re.search(r"^[1-9]\d* scores$", printed, re.MULTILINE)
    bands = "(low|elevated|high|critical)"
    assert re.fullmatch(rf"\['{bands}', '{bands}'\]\n", run(sys.executable, "-c", loop, folder=tmp_path, **address))
    refused = f"{webhook}\nprint(receive(b'', {{}}, 'whsec_c2VjcmV0'))"
    assert run(sys.executable, "-c", refused, folder=tmp_path) == "401\n"


def test_a_typescript_client_with_generated_types_walks_the_readme(product: Address, tmp_path: Path) -> None:
    if reason := install_tools():
        pytest.fail(reason) if os.environ.get("HEED_REQUIRE_KAFKA") else pytest.skip(reason)
    for name in ("walk.ts", "tsconfig.json"):
        shutil.copy(CLIENTS / name, tmp_path)
    (tmp_path / "package.json").write_text('{"type": "module"}')
    (tmp_path / "node_modules").symlink_to(TOOLS / "node_modules")
    programs = TOOLS / "node_modules" / ".bin"
    options = ["-o", "heed.d.ts", "--default-non-nullable=false"]
    run(programs / "openapi-typescript", DOCUMENT, *options, folder=tmp_path)
    run(programs / "tsc", "-p", ".", folder=tmp_path)
    check(walk("node", "walk.js", folder=tmp_path, product=product))


def install_tools() -> str | None:
    """Return why the locked programs for node are missing, if they are."""
    if shutil.which("npm") is None:
        return "the TypeScript client needs node and npm (Debian: apt-get install nodejs npm)"
    done = subprocess.run(
        ["make", "--silent", ".cache/node/stamp"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    return None if done.returncode == 0 else f"npm could not install the locked programs: {done.stderr[-500:]}"
