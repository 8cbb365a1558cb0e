"""HTTP API of what belongs to all services: `/v1/whoami`, `/v1/keys`, `/v1/audit`."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

from fastapi import FastAPI

from heed_common import health
from heed_common.audit import api as audit
from heed_common.auth.api_keys import APIKeys
from heed_common.auth.bearer import Bearer
from heed_common.http.app import create_platform_app, record_callers
from heed_common.keys import api as keys
from heed_common.keys import service
from heed_common.keys.jobs import reconcile_keys, repeated
from heed_common.keys.rules import Key
from heed_common.keys.transactions import Databases
from heed_common.resources import Resources
from heed_common.settings import ServiceSettings
from heed_common.signals import Signal

PACKAGE = "heed_common.platform"
NO_CACHE = timedelta(0)
"""This process changes keys; it has few requests, and each reads its key."""


def create_app(
    settings: ServiceSettings,
    resources: Resources,
    databases: Databases,
    *,
    on_rotated: keys.OnRotated | None = None,
) -> FastAPI:
    """Return the application. `resources` has the database that signs cursors, one of `databases`."""

    missed = Signal("keys_missed")

    async def load_key(id_: str) -> Key | None:
        return await service.load_key(databases, id_)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        reconciling = repeated("reconcile-keys", lambda: reconcile_keys(databases), wake=missed)
        async with reconciling, record_callers(app):
            yield

    readiness = health.Readiness()
    for name, database in databases.items():
        readiness.add(f"{name}.database", health.database_reachable(database), required=False)
    keys_of_all = APIKeys(load_key, resources.clock, cache_for=NO_CACHE)
    authenticator = Bearer(settings, resources, keys=keys_of_all)
    app = create_platform_app(
        settings, resources, readiness, package=PACKAGE, authenticator=authenticator, lifespan=lifespan
    )
    app.state.key_databases = databases
    app.state.on_rotated = on_rotated
    app.state.keys_missed = missed
    app.include_router(keys.caller_router)
    app.include_router(keys.router)
    app.include_router(audit.router)
    return app
