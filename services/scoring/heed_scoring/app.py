"""The HTTP door of scoring."""

from fastapi import FastAPI

from heed_common import http
from heed_common.resources import Resources
from heed_scoring import api
from heed_scoring.actions import api as actions
from heed_scoring.baskets import api as baskets
from heed_scoring.holdouts import api as holdouts
from heed_scoring.judging import api as judging
from heed_scoring.portfolio import api as portfolio
from heed_scoring.rhythms import api as rhythms
from heed_scoring.settings import Settings
from heed_scoring.waiting import Waiters
from heed_scoring.what_if import api as what_if


def create_app(settings: Settings, resources: Resources) -> FastAPI:
    """Reading scores, their history, and the models."""
    app = http.create_app(settings, resources, title="Heed scoring")
    app.state.waiters = Waiters(resources.database, resources.wakeup("heed_scored"))
    app.include_router(judging.router)
    app.include_router(api.router)
    app.include_router(rhythms.router)
    app.include_router(actions.router)
    app.include_router(baskets.router)
    app.include_router(holdouts.router)
    app.include_router(portfolio.router)
    app.include_router(what_if.router)
    return app
