"""`heed dlq list | show | retry | drop | resume`: dead letters and stopped consumers in the services' databases."""

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncSession

from heed_common import breaker, service_command
from heed_common import dead_letter_operations as operations
from heed_common.auth.tokens import SERVICES
from heed_common.clock import SystemClock
from heed_common.dead_letter_operations import Filter

LIMIT = 50


def main(arguments: Sequence[str], *, addresses: Mapping[str, str] | None = None) -> int:
    """Run `python -m heed_common.dlq …`. Return 1 if a database is unavailable, 2 for wrong usage."""
    parser = _parser()
    options = parser.parse_args(arguments)
    if options.command in ("retry", "drop") and not (options.ids or options.all or options.error or options.topic):
        parser.error("select dead letters by id, with --error or --topic, or with --all")

    async def command(session: AsyncSession, service: str) -> list[str]:
        return await COMMANDS[options.command](session, options, service)

    return service_command.run(
        command, service=options.service, empty="There are no dead letters.", addresses=addresses
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="heed dlq", description="Records that could not be processed.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    list_command = commands.add_parser("list", help="list dead letters, newest first, and stopped consumers")
    list_command.add_argument("--limit", type=int, default=LIMIT, help=f"maximum for each service, default {LIMIT}")
    shown = commands.add_parser("show", help="show one dead letter with its bytes")
    retried = commands.add_parser("retry", help="have the consumer retry dead letters")
    dropped = commands.add_parser("drop", help="drop dead letters for good")
    resumed = commands.add_parser("resume", help="resume a stopped consumer")
    for command in (list_command, shown, retried, dropped, resumed):
        optional = command is list_command
        command.add_argument("--service", choices=SERVICES, required=not optional, help="the service that owns them")
    shown.add_argument("id", type=int, help="the id in the list")
    for command in (retried, dropped):
        command.add_argument("ids", type=int, nargs="*", metavar="id", help="ids in the list")
        command.add_argument("--all", action="store_true", help="all dead letters of the service")
    for command in (list_command, retried, dropped):
        command.add_argument("--error", help="dead letters with this error class")
        command.add_argument("--topic", help="dead letters of this topic")
    return parser


async def _list(session: AsyncSession, options: argparse.Namespace, service: str) -> list[str]:
    rows = await operations.list_dead_letters(session, filter_=_filter(options), limit=options.limit)
    stopped = [
        f"{stop.consumer_group} stopped at {stop.stopped_at:%Y-%m-%d %H:%M:%S}Z: {stop.reason}. "
        f"Resume it with `heed dlq resume --service {service}`."
        for stop in await breaker.stops(session)
    ]
    return stopped + [_line(row, service) for row in rows]


async def _show(session: AsyncSession, options: argparse.Namespace, service: str) -> list[str]:
    row = await operations.get_dead_letter(session, id_=options.id)
    content = {"key": row.key, "value": row.value}
    envelope = {name: str(value) for name, value in operations.envelope_attributes(row.value).items()}
    return [
        _line(row, service),
        *(f"  {name}: {json.dumps(value)}" for name, value in envelope.items()),
        # As Python's repr of bytes: control characters of an unknown sender must not reach the terminal.
        *(f"  {name}: {value!r}" for name, value in content.items()),
    ]


async def _retry(session: AsyncSession, options: argparse.Namespace, service: str) -> list[str]:
    count = await operations.request_retry(session, filter_=_filter(options), now=SystemClock().now())
    return [f"{count} will be retried by the worker of {service}, within a second if it runs."]


async def _drop(session: AsyncSession, options: argparse.Namespace, service: str) -> list[str]:
    count = await operations.drop(session, filter_=_filter(options), now=SystemClock().now())
    return [f"{count} of {service} dropped."]


async def _resume(session: AsyncSession, options: argparse.Namespace, service: str) -> list[str]:
    groups = [stop.consumer_group for stop in await breaker.stops(session)]
    for group in groups:
        await breaker.resume(session, group=group)
    return [f"{group} resumed." for group in groups] or [f"No consumer of {service} was stopped."]


COMMANDS = {"list": _list, "show": _show, "retry": _retry, "drop": _drop, "resume": _resume}


def _filter(options: argparse.Namespace) -> Filter:
    return Filter(ids=getattr(options, "ids", ()), topic=options.topic, error=options.error)


def _line(row: Row[Any], service: str) -> str:
    retry = " · retry requested" if row.retry_requested_at else ""
    position = f"{row.topic}/{row.partition}/{row.offset}"
    return (
        f"{service} {row.id} · {row.error} · {position} · event {row.event_id or 'unknown'} · "
        f"since {row.first_seen:%Y-%m-%d %H:%M:%S}Z · {row.attempts} attempts · {row.size} bytes{retry}"
    )


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
