"""`heed failed-work list | retry | drop`: rows that loops could not process, in the services' databases."""

import argparse
import asyncio
import os
import sys
from collections.abc import Sequence
from typing import Any

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.clock import SystemClock
from heed_common.database import Database
from heed_common.errors import HeedError
from heed_common.failed_work import service as failed_work
from heed_common.settings import SettingsError
from heed_common.tokens import SERVICES

FAILED, REFUSED = 1, 2


def main(arguments: Sequence[str]) -> int:
    """`python -m heed_common.failed_work …`. Status 1 when a database does not answer, 2 when it was asked wrongly."""
    parser = _parser()
    asked = parser.parse_args(arguments)
    if asked.command != "list" and not (asked.key or asked.all):
        parser.error("name a row by --job and its key, or --all of them")
    if asked.command != "list" and asked.key and not asked.job:
        parser.error("a key needs the --job whose row it is")
    try:
        lines = asyncio.run(_everywhere(asked))
    except (HeedError, SettingsError) as error:
        print(error, file=sys.stderr)
        return REFUSED
    except (SQLAlchemyError, OSError) as error:
        print(f"The database does not answer: {type(error).__name__}", file=sys.stderr)
        return FAILED
    print("\n".join(lines))
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="heed failed-work", description="Rows that a loop could not process.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    listed = commands.add_parser("list", help="one line each: service, job, key, error, attempts, next attempt")
    retried = commands.add_parser("retry", help="have them tried again at once, dropped ones too")
    dropped = commands.add_parser("drop", help="give them up: their loop passes over them until they are retried")
    for command in (listed, retried, dropped):
        command.add_argument("--service", choices=SERVICES, required=command is not listed, help="whose they are")
        command.add_argument("--job", help="those of this loop")
    for command in (retried, dropped):
        command.add_argument("key", nargs="?", help="the key in the list")
        command.add_argument("--all", action="store_true", help="all of the service, or of the job")
    return parser


async def _everywhere(asked: argparse.Namespace) -> list[str]:
    """One service where one is named, else each whose database is known."""
    addresses = {name: os.environ.get(f"HEED_{name.upper()}_DATABASE_URL") for name in SERVICES}
    wanted = [asked.service] if asked.service else [name for name, address in addresses.items() if address]
    if not wanted or not all(addresses[name] for name in wanted):
        needed = asked.service.upper() if asked.service else "<SERVICE>"
        raise SettingsError(f"HEED_{needed}_DATABASE_URL: must be set")
    lines = []
    for service in wanted:
        database = Database(addresses[service] or "", pool_size=1)
        try:
            async with database.transaction() as session:
                lines += await COMMANDS[asked.command](session, asked, service)
        finally:
            await database.close()
    return lines or ["There is no failed work."]


async def _list(session: AsyncSession, asked: argparse.Namespace, service: str) -> list[str]:
    return [_line(row, service) for row in await failed_work.list_failed_work(session, job=asked.job)]


async def _retry(session: AsyncSession, asked: argparse.Namespace, service: str) -> list[str]:
    count = await failed_work.retry(session, job=asked.job, key=asked.key, now=SystemClock().now())
    return [f"{count} will be tried again by the worker of {service}, as soon as the job runs."]


async def _drop(session: AsyncSession, asked: argparse.Namespace, service: str) -> list[str]:
    count = await failed_work.drop(session, job=asked.job, key=asked.key, now=SystemClock().now())
    return [f"{count} of {service} are given up."]


COMMANDS = {"list": _list, "retry": _retry, "drop": _drop}


def _line(row: Any, service: str) -> str:  # noqa: ANN401 - a row of the table
    then = f"dropped {row.dropped_at:%F %T}Z" if row.dropped_at else f"next attempt {row.next_attempt_at:%F %T}Z"
    return (
        f"{service} · {row.job} · {row.key} · {row.error} · since {row.first_failed_at:%F %T}Z · "
        f"{row.attempts} attempts · {then}"
    )
