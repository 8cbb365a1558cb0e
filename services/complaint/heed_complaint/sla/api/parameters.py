"""Parameters that calendars, policies and agreements share."""

from typing import Annotated

from fastapi import Path, Query

from heed_complaint.sla.terms.calendars.schemas import NAME

NameInPath = Annotated[str, Path(pattern=NAME)]
DryRun = Annotated[bool, Query(description="Change nothing; return the deadlines that would move.")]
Version = Annotated[int | None, Query(ge=1, le=2**31 - 1, description="An earlier version, by default the newest.")]
