"""A run of the benchmarks compared with the stored one."""

import os
import subprocess
import sys

import pytest

from benchmarks import processor, report, results

RATE = {"claim": "purchase POSTs", "ratio": 0.5, "better": "higher"}
LATENCY = {"claim": "look-up", "ratio": 4.0, "better": "lower"}


@pytest.mark.parametrize(
    ("stored", "ratio", "is_worse"),
    [(RATE, 0.42, False), (RATE, 0.41, True), (RATE, 5.0, False), (LATENCY, 4.7, False), (LATENCY, 4.9, True)],
)
def test_a_loss_of_more_than_a_fifth_is_a_regression(stored, ratio, is_worse):
    found = list(results.regressions([stored | {"ratio": ratio}], [stored]))
    assert found == ([results.Regression(stored["claim"], stored["ratio"], ratio)] if is_worse else [])


def test_new_claims_and_lines_without_a_reference_are_no_regressions():
    size = {"claim": "peak memory", "heed": 900}
    assert list(results.regressions([RATE, size], [size])) == []
    assert list(results.regressions([size | {"heed": 9000}], [size])) == []


def test_a_run_is_read_as_it_was_written(tmp_path):
    results.write([RATE, LATENCY], tmp_path / "run.json")
    assert results.read(tmp_path / "run.json") == [RATE, LATENCY]


def test_every_kind_of_line_names_the_direction_in_which_it_improves(capsys):
    before = len(report.lines)
    report.rate("a", [5.0], [10.0], unit="rows/s", reference_is="raw", processor={"python": 12.34})
    report.latency("b", [0.002, 0.002], [0.001, 0.001], reference_is="raw")
    spent = report.Spent(1.0, 2.0)
    report.cost("c", [spent], [spent], at_most=1, reference_is="raw")
    assert [(line["ratio"], line["better"]) for line in report.lines[before:]] == [
        (0.5, "higher"),
        (2.0, "lower"),
        (1, "lower"),
    ]
    assert report.lines[before]["microseconds_of_the_processor"] == {"python": 12.3}
    assert len(capsys.readouterr().out.splitlines()) == 3


def test_processor_time_counts_living_and_ended_children():
    before = processor.seconds(os.getpid())
    burn = "import time\nwhile time.process_time() < .3: pass\n"
    subprocess.run([sys.executable, "-c", burn], check=True)
    assert processor.seconds(os.getpid()) - before >= 0.25
    with subprocess.Popen([sys.executable, "-c", burn + "print(1, flush=True)\ninput()"],
                          stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:  # fmt: skip
        assert child.stdout is not None
        child.stdout.readline()
        assert processor.seconds(os.getpid()) - before >= 0.5
        child.communicate(b"\n")
