"""The commands of `python -m heed`."""

import argparse
import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path

import uvloop

from heed import documents, drift, product
from heed.admin import TokenFileUnreadable
from heed.place import ClusterError
from heed.product import PortTaken
from heed.settings import load
from heed_common import logs
from heed_common.broker import WrongPartitions
from heed_common.dead_letters import TooManyDeadLetters
from heed_common.settings import SettingsError

ROOT = Path(__file__).resolve().parents[3]
REFUSALS = (ClusterError, PortTaken, WrongPartitions, TokenFileUnreadable)


def main(arguments: Sequence[str]) -> int:
    """0 when all went well; 1 when something stood in the way, 2 when it was asked wrongly, 3 for bad events."""
    chosen = _parser().parse_args(arguments)
    try:
        settings = load()
        logs.configure(level=settings.log_level, style=settings.log_format)
        return int(chosen.run(chosen) or 0)
    except SettingsError as error:
        print(error, file=sys.stderr)
        return 2
    except REFUSALS as error:
        print(error, file=sys.stderr)
        return 1
    except TooManyDeadLetters as error:
        print(f"Too many events could not be taken in: {error}", file=sys.stderr)
        return 3


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="heed", description="All of Heed in one process.")
    commands = parser.add_subparsers(required=True, metavar="command")
    up = commands.add_parser("up", help="serve everything on HEED_HOST:HEED_PORT, data in HEED_DATA_DIR")
    up.set_defaults(run=_up)
    openapi = commands.add_parser("openapi", help="write the interface documents (or --check them)")
    openapi.add_argument("--check", action="store_true", help="say what differs, change nothing")
    openapi.set_defaults(run=_openapi)
    migrate = commands.add_parser("migrate", help="bring the embedded databases to the newest shape")
    migrate.add_argument("--check", action="store_true", help="say where migrations and tables differ")
    migrate.set_defaults(run=_migrate)
    return parser


def _up(_: argparse.Namespace) -> None:
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(product.serve(load()))


def _openapi(chosen: argparse.Namespace) -> int:
    collected = asyncio.run(documents.collect())
    if not chosen.check:
        documents.write(collected, ROOT)
        return 0
    found = documents.differences(collected, ROOT)
    print("\n".join([*found, "Run `make openapi`."]) if found else "The interface documents are what the code says.")
    return 1 if found else 0


def _migrate(chosen: argparse.Namespace) -> int:
    if not chosen.check:
        asyncio.run(product.migrate_all(load()))
        return 0
    found = asyncio.run(drift.find())
    print("\n".join(found) or "Migrations and tables agree.")
    return 1 if found else 0
