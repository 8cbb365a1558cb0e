"""Processes of the product, forked from one that has imported all of it: the imports take longer than most tests.

Only the imports are shared. Settings, databases, and loops are made after the fork, as in a process of its own.
"""

import os
import runpy
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from multiprocessing import get_context
from multiprocessing.context import ForkServerProcess
from pathlib import Path

FORKS = get_context("forkserver")
FORKS.set_forkserver_preload(["tests.preloaded"])

OUT_AND_ERR = (1, 2)


class Fork:
    """`python -m MODULE ARGUMENTS`, forked; what is needed of `subprocess.Popen` has the same names here."""

    def __init__(self, *command: str, environment: Mapping[str, str], out: Path, err: Path) -> None:
        arguments = (command, dict(environment), str(out), str(err))
        self._process: ForkServerProcess = FORKS.Process(target=_run, args=arguments)
        self._process.start()

    @property
    def pid(self) -> int:
        assert self._process.pid is not None
        return self._process.pid

    def poll(self) -> int | None:
        return self._process.exitcode

    def wait(self, timeout: float | None = None) -> int:
        self._process.join(timeout)
        assert self._process.exitcode is not None, "it has not ended"
        return self._process.exitcode

    def send_signal(self, number: int) -> None:
        """Send the signal, unless the process has ended, as `subprocess.Popen` does."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        self._process.terminate()

    def kill(self) -> None:
        self._process.kill()


def run_forked(*command: str, environment: Mapping[str, str]) -> "subprocess.CompletedProcess[str]":
    """Run the command to its end, as `subprocess.run` does."""
    with tempfile.TemporaryDirectory() as folder:
        out, err = Path(folder, "out"), Path(folder, "err")
        status = Fork(*command, environment=environment, out=out, err=err).wait()
        return subprocess.CompletedProcess(command, status, out.read_text(), err.read_text())


def _run(command: tuple[str, ...], environment: dict[str, str], *outputs: str) -> None:
    os.environ.clear()
    os.environ.update(environment)
    for number, path in zip(OUT_AND_ERR, outputs, strict=True):
        file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        os.dup2(file, number)
        os.close(file)
    sys.argv[1:] = command[1:]
    runpy.run_module(command[0], run_name="__main__", alter_sys=True)
