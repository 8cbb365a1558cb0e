"""Errors of transitions."""

from collections.abc import Sequence

from heed_common.errors import Conflict


class TransitionNotAllowed(Conflict):
    code, title = "move_not_allowed", "The complaint does not allow this move now."
    advice = "Read `allowed` in the problem: it lists the moves that are possible now."

    def __init__(self, allowed: Sequence[str], *, pointer: str | None = None) -> None:
        super().__init__(pointer=pointer, allowed=list(allowed))
