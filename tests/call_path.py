"""Call path of a block of code: what a reader opens and steps through to follow it.

* **Files** of the service in which a function ran, pure calculation included, as well as API, schemas and tables.
* **Shared files**: the same for `heed_common`, whose plumbing is alike for every request and every batch.
* **Frames**: the deepest stack of the service's functions outside the folders of pure calculation, whose functions a
  reader passes by: they return a result and do nothing else. Comprehensions and lambdas are no frames of their own.

The numbers of other commits in docs/decisions/0052-walks.md are counted by this module.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import CodeType, FrameType

from tests.repository.pure_folders import is_pure

SHARED = "heed_common"


@dataclass(slots=True)
class CallPath:
    """Files by package directory, and the frames of the deepest stack, outermost first."""

    service: str
    files: set[str] = field(default_factory=set)
    shared_files: set[str] = field(default_factory=set)
    deepest: list[str] = field(default_factory=list)
    _names: dict[CodeType, str | None] = field(default_factory=dict)

    def __str__(self) -> str:
        impure = sum(not is_pure(file.rpartition("/")[0]) for file in self.files)
        files = f"{len(self.files)} files, {impure} outside pure calculation, {len(self.shared_files)} shared"
        return "\n  ".join([f"{files}; {len(self.deepest)} frames", *sorted(self.files), *self.deepest])

    def profile(self, frame: FrameType, event: str, _: object) -> None:
        file = self._file(frame.f_code) if event == "call" else None
        if file is None or frame.f_code.co_name == "<module>":
            return
        if file.startswith(SHARED):
            self.shared_files.add(file)
            return
        self.files.add(file)
        if not is_pure(file.rpartition("/")[0]):
            stack = list(self._stack(frame))
            self.deepest = max(self.deepest, stack[::-1], key=len)

    def _stack(self, frame: FrameType | None) -> Iterator[str]:
        while frame is not None:
            file = self._file(frame.f_code)
            if file is not None and not file.startswith(SHARED) and not frame.f_code.co_name.startswith("<"):
                yield f"{file} {frame.f_code.co_qualname}"
            frame = frame.f_back

    def _file(self, code: CodeType) -> str | None:
        """Return the file from its package on; None for code that is not ours."""
        if code not in self._names:
            parts = Path(code.co_filename).parts
            root = next((index for index, part in enumerate(parts) if part in (self.service, SHARED)), None)
            self._names[code] = None if root is None else "/".join(parts[root:])
        return self._names[code]


@contextmanager
def record_calls(service: str) -> Iterator[CallPath]:
    """Record the calls of functions of the service and of `heed_common` until the end of the block."""
    path = CallPath(service)
    sys.setprofile(path.profile)
    try:
        yield path
    finally:
        sys.setprofile(None)
