"""`heed failed-work list | retry | drop`: rows that jobs could not process, in the services' databases."""

import argparse
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from heed_common import service_command
from heed_common.auth.tokens import SERVICES
from heed_common.clock import SystemClock
from heed_common.failed_work import service as failed_work


def main(arguments: Sequence[str], *, addresses: Mapping[str, str] | None = None) -> int:
    """Run `python -m heed_common.failed_work …`. Return 1 if a database is unavailable, 2 for wrong usage."""
    parser = _parser()
    options = parser.parse_args(arguments)
    if options.command != "list" and not (options.key or options.all):
        parser.error("select a row by --job and its key, or all rows with --all")
    if options.command != "list" and options.key and not options.job:
        parser.error("a key requires --job")

    async def command(session: AsyncSession, service: str) -> list[str]:
        return await COMMANDS[options.command](session, options, service)

    return service_command.run(command, service=options.service, empty="There is no failed work.", addresses=addresses)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="heed failed-work", description="Rows that a job could not process.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    list_command = commands.add_parser("list", help="list rows: service, job, key, error, attempts, next attempt")
    retried = commands.add_parser("retry", help="retry rows at once, dropped ones too")
    dropped = commands.add_parser("drop", help="drop rows: their job skips them until they are retried")
    for command in (list_command, retried, dropped):
        command.add_argument(
            "--service", choices=SERVICES, required=command is not list_command, help="owner of the rows"
        )
        command.add_argument("--job", help="rows of this job")
    for command in (retried, dropped):
        command.add_argument("key", nargs="?", help="the key in the list")
        command.add_argument("--all", action="store_true", help="all rows of the service, or of the job")
    return parser


async def _list(session: AsyncSession, options: argparse.Namespace, service: str) -> list[str]:
    return [_line(row, service) for row in await failed_work.list_failed_work(session, job=options.job)]


async def _retry(session: AsyncSession, options: argparse.Namespace, service: str) -> list[str]:
    count = await failed_work.retry(session, job=options.job, key=options.key, now=SystemClock().now())
    return [f"{count} will be retried by the worker of {service} at the next run of the job."]


async def _drop(session: AsyncSession, options: argparse.Namespace, service: str) -> list[str]:
    count = await failed_work.drop(session, job=options.job, key=options.key, now=SystemClock().now())
    return [f"{count} of {service} dropped."]


COMMANDS = {"list": _list, "retry": _retry, "drop": _drop}


def _line(row: Any, service: str) -> str:  # noqa: ANN401 - a row of the table
    then = f"dropped {row.dropped_at:%F %T}Z" if row.dropped_at else f"next attempt {row.next_attempt_at:%F %T}Z"
    return (
        f"{service} · {row.job} · {row.key} · {row.error} · since {row.first_failed_at:%F %T}Z · "
        f"{row.attempts} attempts · {then}"
    )
