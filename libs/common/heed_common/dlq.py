"""`heed dlq list | show | retry | drop | resume`: dead letters and stopped consumers, in the services' databases."""

import argparse
import asyncio
import json
import os
import sys
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from heed_common import breaker
from heed_common import dead_letter_operations as operations
from heed_common.clock import SystemClock
from heed_common.database import Database
from heed_common.dead_letter_operations import Filter
from heed_common.errors import HeedError
from heed_common.settings import SettingsError
from heed_common.tokens import SERVICES

FAILED, REFUSED = 1, 2
LIMIT = 50


def main(arguments: Sequence[str]) -> int:
    """`python -m heed_common.dlq …`. Status 1 when a database does not answer, 2 when it was asked wrongly."""
    parser = _parser()
    asked = parser.parse_args(arguments)
    if asked.command in ("retry", "drop") and not (asked.ids or asked.all or asked.error or asked.topic):
        parser.error("name dead letters by their numbers, or with --error or --topic, or --all of them")
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
    parser = argparse.ArgumentParser(prog="heed dlq", description="Records that could not be taken in.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    listed = commands.add_parser("list", help="one line each, newest first; and who has stopped because of them")
    listed.add_argument("--limit", type=int, default=LIMIT, help=f"how many of a service, {LIMIT} without it")
    shown = commands.add_parser("show", help="one of them with its bytes")
    retried = commands.add_parser("retry", help="have the consumer try them again")
    dropped = commands.add_parser("drop", help="give them up for good")
    resumed = commands.add_parser("resume", help="let a consumer that has stopped go on")
    for command in (listed, shown, retried, dropped, resumed):
        optional = command is listed
        command.add_argument("--service", choices=SERVICES, required=not optional, help="whose they are")
    shown.add_argument("id", type=int, help="its number in the list")
    for command in (retried, dropped):
        command.add_argument("ids", type=int, nargs="*", metavar="id", help="their numbers in the list")
        command.add_argument("--all", action="store_true", help="all of the service")
    for command in (listed, retried, dropped):
        command.add_argument("--error", help="those with this class of error")
        command.add_argument("--topic", help="those of this topic")
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
    return lines or ["There are no dead letters."]


async def _list(session: AsyncSession, asked: argparse.Namespace, service: str) -> list[str]:
    rows = await operations.list_dead_letters(session, wanted=_filter(asked), limit=asked.limit)
    stopped = [
        f"{stop.consumer_group} has stopped at {stop.stopped_at:%Y-%m-%d %H:%M:%S}Z: {stop.reason}. "
        f"`heed dlq resume --service {service}` lets it go on."
        for stop in await breaker.stops(session)
    ]
    return stopped + [_line(row, service) for row in rows]


async def _show(session: AsyncSession, asked: argparse.Namespace, service: str) -> list[str]:
    row = await operations.get_dead_letter(session, id_=asked.id)
    content = {"key": row.key, "value": row.value}
    envelope = {name: str(value) for name, value in operations.envelope_attributes(row.value).items()}
    return [
        _line(row, service),
        *(f"  {name}: {json.dumps(value)}" for name, value in envelope.items()),
        # As Python writes bytes: no terminal is harmed by what a stranger wrote.
        *(f"  {name}: {value!r}" for name, value in content.items()),
    ]


async def _retry(session: AsyncSession, asked: argparse.Namespace, service: str) -> list[str]:
    count = await operations.request_retry(session, wanted=_filter(asked), now=SystemClock().now())
    return [f"{count} will be tried again by the worker of {service}, within a second where it runs."]


async def _drop(session: AsyncSession, asked: argparse.Namespace, service: str) -> list[str]:
    count = await operations.drop(session, wanted=_filter(asked), now=SystemClock().now())
    return [f"{count} of {service} are given up."]


async def _resume(session: AsyncSession, asked: argparse.Namespace, service: str) -> list[str]:
    groups = [stop.consumer_group for stop in await breaker.stops(session)]
    for group in groups:
        await breaker.resume(session, group=group)
    return [f"{group} goes on." for group in groups] or [f"No consumer of {service} had stopped."]


COMMANDS = {"list": _list, "show": _show, "retry": _retry, "drop": _drop, "resume": _resume}


def _filter(asked: argparse.Namespace) -> Filter:
    return Filter(ids=getattr(asked, "ids", ()), topic=asked.topic, error=asked.error)


def _line(row: Row[Any], service: str) -> str:
    wish = " · will be tried again" if row.retry_requested_at else ""
    place = f"{row.topic}/{row.partition}/{row.offset}"
    return (
        f"{service} {row.id} · {row.error} · {place} · event {row.event_id or 'unknown'} · "
        f"since {row.first_seen:%Y-%m-%d %H:%M:%S}Z · {row.attempts} attempts · {row.size} bytes{wish}"
    )


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
