"""The capacity for analyses of this process, as a dependency of routes."""

from typing import Annotated

from fastapi import Depends, FastAPI, Request

from heed_survey.analysis.capacity import Capacity
from heed_survey.settings import Settings


def install(app: FastAPI, settings: Settings) -> None:
    """Set up what the routers of analyses depend on."""
    app.state.analyses = Capacity(
        slots=settings.analyses_at_once,
        wait_seconds=settings.analysis_wait_seconds,
        seconds=settings.analysis_seconds,
        max_responses=settings.analysis_max_responses,
    )


def _get_capacity(request: Request) -> Capacity:
    capacity: Capacity = request.app.state.analyses
    return capacity


CapacityDep = Annotated[Capacity, Depends(_get_capacity)]
