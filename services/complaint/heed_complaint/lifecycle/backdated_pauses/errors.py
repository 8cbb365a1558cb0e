"""Errors of backdated pauses."""

from collections.abc import Sequence

from heed_common.errors import Conflict
from heed_common.fields import format_moment
from heed_complaint.sla.clock.pauses import Pause


class PauseOverlaps(Conflict):
    code, title = "pause_overlaps", "During a part of this time the clock was paused already."
    advice = "Read the deadlines' timeline for the pauses that exist."

    def __init__(self, known: Sequence[Pause]) -> None:
        super().__init__(
            pauses=[
                {
                    "since": format_moment(pause.start),
                    "until": pause.end and format_moment(pause.end),
                    "why": pause.reason,
                }
                for pause in known
            ]
        )
