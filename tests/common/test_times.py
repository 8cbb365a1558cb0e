"""The report of test durations adds up correctly."""

import subprocess
import sys

from tests.times import MARK, Processes, tables

BURN = "import time\nwhile time.process_time() < 0.3: pass\nprint(flush=True)\ninput()"


def test_the_time_of_a_process_that_a_test_started_is_counted_while_it_runs(monkeypatch):
    monkeypatch.setenv(MARK, "")
    processes = Processes()
    before = processes.cpu()
    with subprocess.Popen([sys.executable, "-c", BURN], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as burning:
        burning.stdout.readline()
        assert processes.cpu() - before > 0.25
        burning.stdin.close()
    assert processes.cpu() - before > 0.25, "and when it has ended"


def test_setup_call_and_teardown_are_one_test_and_the_dearest_comes_first():
    rows = [
        {"test": "a.py::one", "phase": "setup", "cpu": 1.0, "clock": 2.0},
        {"test": "a.py::one", "phase": "call", "cpu": 2.0, "clock": 2.0},
        {"test": "b.py::two", "phase": "call", "cpu": 4.0, "clock": 4.0},
        {"fixture": "cluster", "cpu": 1.0, "clock": 2.0},
    ]
    files, fixtures, tests = (table for _, table in tables(rows))
    assert files == [("b.py", [4.0, 4.0, 1]), ("a.py", [3.0, 4.0, 1])]
    assert fixtures == [("cluster", [1.0, 2.0, 1])]
    assert [(name, cpu) for name, (cpu, _, _) in tests] == [("b.py::two", 4.0), ("a.py::one", 3.0)]


def test_nothing_measured_is_nothing_shown():
    assert [table for _, table in tables([])] == [[], [], []]
