"""Workers of any service as processes of their own, on the embedded log, at noon."""

import asyncio
from importlib import import_module

from heed_common.broker.bus import open_bus
from heed_common.resources import Resources
from tests.faults.processes import NoonClock


def work_as(service: str, database_url: str, log_url: str, **settings: object) -> None:
    """The worker as `python -m heed_<service> worker` runs it."""
    asyncio.run(_work_as(service, database_url, log_url, settings))


async def _work_as(service: str, database_url: str, log_url: str, overrides: dict[str, object]) -> None:
    settings = import_module(f"heed_{service}.settings").Settings.load(database_url=database_url, **overrides)
    resources = Resources.open(settings, clock=NoonClock())
    worker = import_module(f"heed_{service}.worker").create_worker
    await worker(settings, resources, open_bus(settings, log_url=log_url)).run()


def call_back_at_once(database_url: str, log_url: str) -> None:
    """The survey service's worker; without waiting a day."""
    work_as("survey", database_url, log_url, call_back_after_hours=0)


def handle_complaints(database_url: str, log_url: str) -> None:
    work_as("complaint", database_url, log_url)
