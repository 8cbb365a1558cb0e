"""A service with one slow endpoint and one idle task, run as a process: `python -m tests.common.sample_service api`."""

import asyncio
from typing import ClassVar

from fastapi import FastAPI

from heed_common import cli, http
from heed_common.broker.protocols import Bus
from heed_common.resources import Resources
from heed_common.settings import ServiceSettings
from heed_common.worker import Worker


class Settings(ServiceSettings):
    service: ClassVar[str] = "customer"


router = http.router(prefix="/v1/slow", public=True)


@router.get("")
async def answer_slowly() -> dict[str, str]:
    await asyncio.sleep(1)
    return {"answered": "slowly"}


def create_app(settings: Settings, resources: Resources) -> FastAPI:
    app = http.create_app(settings, resources, title="Slow")
    app.include_router(router)
    return app


class Idle:
    name = "idle"
    ready = False

    def __init__(self) -> None:
        self._stop = asyncio.Event()

    async def run(self) -> None:
        self.ready = True
        await self._stop.wait()

    def stop(self) -> None:
        self._stop.set()


def create_worker(settings: Settings, resources: Resources, bus: Bus) -> Worker:
    return Worker([Idle()], metrics=resources.metrics)


if __name__ == "__main__":
    raise SystemExit(cli.run(Settings, create_app=create_app, create_worker=create_worker, migrations="heed_customer"))
