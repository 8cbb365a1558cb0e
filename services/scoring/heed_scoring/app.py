"""The HTTP door of scoring."""

from fastapi import FastAPI

from heed_common import http
from heed_common.resources import Resources
from heed_scoring.insights.baskets import api as baskets
from heed_scoring.insights.drift import api as drift
from heed_scoring.insights.holdouts import api as holdouts
from heed_scoring.insights.loyalty_weights import api as judging
from heed_scoring.insights.next_best_action import api as actions
from heed_scoring.insights.portfolio import api as portfolio
from heed_scoring.insights.rhythms import api as rhythms
from heed_scoring.insights.what_if import api as what_if
from heed_scoring.models import api as models
from heed_scoring.scores import api as scores
from heed_scoring.scores.read_your_writes import Waiters
from heed_scoring.settings import Settings


def create_app(settings: Settings, resources: Resources) -> FastAPI:
    """Reading scores, their history, and the models."""
    app = http.create_app(settings, resources, title="Heed scoring")
    app.state.waiters = Waiters(resources.database, resources.signal("heed_scored"))
    app.include_router(judging.router)
    app.include_router(scores.router)
    app.include_router(models.router)
    app.include_router(drift.router)
    app.include_router(rhythms.router)
    app.include_router(actions.router)
    app.include_router(baskets.router)
    app.include_router(holdouts.router)
    app.include_router(portfolio.router)
    app.include_router(what_if.router)
    return app
