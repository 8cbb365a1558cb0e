"""HTTP API of models: versions and fits."""

from typing import Any
from uuid import UUID

from fastapi import Response

from heed_common import http
from heed_common.http import DbSession, Now, requires
from heed_scoring.models.errors import FitNotFound
from heed_scoring.models.fitting import fitting
from heed_scoring.models.schemas import FitIn, FitOut, ModelsOut
from heed_scoring.models.versions import repository as models_repository
from heed_scoring.models.versions import service as models_service
from heed_scoring.tables import Fit

router = http.router(prefix="/v1", tags=["models"])


@router.get("/models", response_model=ModelsOut, dependencies=[requires("models:read")])
async def list_models(session: DbSession) -> dict[str, Any]:
    """List all model versions, newest first, with their parameters and the diagnostics of their fit."""
    return {"items": await models_service.list_versions(session)}


@router.post("/models:fit", response_model=FitOut, status_code=202, dependencies=[requires("models:write")])
async def create_fit(body: FitIn, session: DbSession, now: Now, response: Response) -> Fit:
    """Request a fit on the purchases of all customers. Its state is at `Location`; it scores only if promoted."""
    fit = await fitting.request_fit(
        session,
        algorithm=body.model,
        observed_until=body.observed_until,
        penalty=body.penalty,
        promote=body.promote,
        now=now,
    )
    response.headers["Location"] = f"/v1/models/fits/{fit.id}"
    return fit


@router.get("/models/fits/{fit_id}", response_model=FitOut, dependencies=[requires("models:read")])
async def get_fit(fit_id: UUID, session: DbSession) -> Fit:
    """Return the state of a fit: pending, done with its model version, or failed with the reason."""
    fit = await models_repository.get_fit(session, fit_id)
    if fit is None:
        raise FitNotFound
    return fit
