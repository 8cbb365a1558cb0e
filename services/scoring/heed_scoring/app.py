"""HTTP API of scoring."""

from fastapi import FastAPI

from heed_common import http
from heed_common.resources import Resources
from heed_scoring.insights.baskets import api as baskets
from heed_scoring.insights.drift import api as drift
from heed_scoring.insights.holdouts import api as holdouts
from heed_scoring.insights.loyalty_weights import api as loyalty_weights
from heed_scoring.insights.next_best_action import api as next_best_action
from heed_scoring.insights.portfolio import api as portfolio
from heed_scoring.insights.rhythms import api as rhythms
from heed_scoring.insights.what_if import api as what_if
from heed_scoring.models import api as models
from heed_scoring.scores import api as scores
from heed_scoring.scores.read_your_writes import EventWaiters
from heed_scoring.settings import Settings


def create_app(settings: Settings, resources: Resources) -> FastAPI:
    """Return the application with the routers of all packages."""
    app = http.create_app(settings, resources, title="Heed scoring")
    app.state.waiters = EventWaiters(resources.database, resources.signal("heed_scored"))
    app.include_router(loyalty_weights.router)
    app.include_router(scores.router)
    app.include_router(models.router)
    app.include_router(drift.router)
    app.include_router(rhythms.router)
    app.include_router(next_best_action.router)
    app.include_router(baskets.router)
    app.include_router(holdouts.router)
    app.include_router(portfolio.router)
    app.include_router(what_if.router)
    return app
