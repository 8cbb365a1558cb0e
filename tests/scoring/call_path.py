"""Call path of a block of code: the files of ours that run in it, and the deepest stack of our own frames.

`pytest -s tests/scoring/test_call_path.py` prints it for the walk from `complaint.opened` to `score.changed`.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType


@dataclass(slots=True)
class CallPath:
    """Files below `root` package directories, and the frames of the deepest stack, outermost first."""

    files: set[str] = field(default_factory=set)
    deepest: list[str] = field(default_factory=list)

    def lines(self) -> list[str]:
        return [f"{len(self.files)} files, {len(self.deepest)} frames", *sorted(self.files), *self.deepest]


@contextmanager
def record_calls(*packages: str) -> Iterator[CallPath]:
    """Record the calls of functions in these packages until the end of the block."""
    path = CallPath()

    def own(frame: FrameType) -> str | None:
        parts = Path(frame.f_code.co_filename).parts
        named = next((index for index, part in enumerate(parts) if part in packages), None)
        return None if named is None else "/".join(parts[named:])

    def profile(frame: FrameType, event: str, _: object) -> None:
        file = own(frame) if event == "call" else None
        if file is None or frame.f_code.co_name == "<module>":
            return
        path.files.add(file)
        stack, caller = [], frame
        while caller is not None:
            # A comprehension is a frame in Python 3.11, but not a function to step into.
            if not caller.f_code.co_name.startswith("<") and (name := own(caller)):
                stack.append(f"{name} {caller.f_code.co_qualname}")
            caller = caller.f_back
        if len(stack) > len(path.deepest):
            path.deepest = stack[::-1]

    sys.setprofile(profile)
    try:
        yield path
    finally:
        sys.setprofile(None)
