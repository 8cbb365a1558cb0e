"""Every benchmark runs, at a thousandth of its size: its figures mean nothing then."""

import json
import os
import subprocess
import sys

import pytest

from benchmarks.__main__ import BENCHMARKS

pytestmark = [pytest.mark.alone, pytest.mark.repeated, pytest.mark.benchmark]


@pytest.mark.parametrize("name", BENCHMARKS)
def test_a_benchmark_prints_its_claims(name, tmp_path):
    environment = os.environ | {"HEED_BENCH_SCALE": "0.001", "HEED_BENCH_PURCHASES": "1"}
    command = (sys.executable, "-m", "benchmarks", "--output", str(tmp_path / "run.json"), name)
    finished = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300, check=False)
    assert finished.returncode == 0, finished.stderr
    lines = json.loads((tmp_path / "run.json").read_text())["lines"]
    assert lines == [json.loads(line) for line in finished.stdout.splitlines()]
    assert any("claim" in line for line in lines)
