"""The commands of `python -m heed`."""

import argparse
import asyncio
import sys
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import uvloop

from heed import admin_commands, all_in_one, migration_drift
from heed.errors import Refusal
from heed.gateway import SERVICES
from heed.interface_docs import write
from heed.settings import load
from heed_common import logs
from heed_common.broker.protocols import WrongPartitions
from heed_common.clock import SystemClock
from heed_common.gc_tuning import freeze_startup_objects
from heed_common.settings import SettingsError, known_time_zone
from heed_measures.errors import MeasureError

ROOT = Path(__file__).resolve().parents[3]
LONGEST_LOOK = 3650


def main(arguments: Sequence[str]) -> int:
    """Run the command. Return 0 on success, 1 on failure, 2 for wrong usage."""
    chosen = _parser().parse_args(arguments)
    try:
        settings = load()
        logs.configure(level=settings.log_level, style=settings.log_format)
        return int(chosen.run(chosen) or 0)
    except SettingsError as error:
        print(error, file=sys.stderr)
        return 2
    except (Refusal, WrongPartitions, MeasureError) as error:
        print(error, file=sys.stderr)
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="heed", description="All of Heed in one process.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    up = commands.add_parser("up", help="serve everything on HEED_HOST:HEED_PORT, data in HEED_DATA_DIR")
    up.set_defaults(run=_up)
    commands.add_parser("demo", help="tell a story on real data").set_defaults(run=_demo)
    _add_backtest(commands.add_parser("backtest", help="hold forecasts of the past against what came then"))
    _add_fit(commands.add_parser("fit", help="learn a model from the shop's own purchases"))
    tables = commands.add_parser("export", help="write tables for data scientists").add_subparsers(required=True)
    _add_features(tables.add_parser("features", help="what was known of every customer on a day, as Parquet"))
    services = commands.add_parser("replay", help="make anew what follows from events").add_subparsers(required=True)
    _add_replay(services.add_parser("scoring", help="rebuild scoring, compare, and exchange if asked to"))
    doctor = commands.add_parser("doctor", help="check everything that the product needs, and suggest fixes")
    doctor.add_argument("--json", action="store_true", dest="as_json", help="print JSON")
    doctor.add_argument("--repair", action="store_true", help="first repair inconsistent families of merged customers")
    doctor.set_defaults(run=_doctor)
    _add_backup(commands.add_parser("backup", help="back up everything, or one service"))
    _add_restore(commands.add_parser("restore", help="replace the data by a backup; the services must be stopped"))
    events = commands.add_parser("events", help="look at what was published").add_subparsers(required=True)
    _add_tail(events.add_parser("tail", help="print events, one JSON document a line"))
    for name, run, what in (
        ("token", _token, "create, rotate or revoke a key of the API"),
        ("topics", _topics, "apply or check the topics on the broker"),
        ("dlq", _dlq, "list, show, retry or drop dead letters; resume a stopped consumer"),
        ("failed-work", _failed_work, "list, retry or drop rows that a job could not process"),
    ):
        # Without a prefix that anybody writes, so that options too are left to those who know them.
        passed_on = commands.add_parser(name, help=what, add_help=False, prefix_chars="\0")
        passed_on.add_argument("rest", nargs=argparse.REMAINDER)
        passed_on.set_defaults(run=run)
    for name, run, what in (
        ("openapi", _openapi, "write the interface documents"),
        ("migrate", _migrate, "bring the databases to the newest shape"),
    ):
        checked = commands.add_parser(name, help=what)
        checked.add_argument("--check", action="store_true", help="only say what differs")
        checked.set_defaults(run=run)
    return parser


def _add_tail(tail: argparse.ArgumentParser) -> None:
    tail.add_argument("--type", action="append", default=[], dest="types", help="such as complaint.opened; repeat it")
    tail.add_argument("--no-follow", action="store_false", dest="follow", help="end with the last event there is")
    tail.set_defaults(run=_tail)


def _add_backtest(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--cdnow", action="store_true", help="on a published log, not on your own purchases")
    parser.add_argument("--sample", action="store_true", help="on the tenth of CDNOW that the literature uses")
    parser.add_argument("--until", type=_day, metavar="YYYY-MM-DD", help="the last day to learn from")
    parser.add_argument("--days", type=_days, metavar="N", help="how many days after it to look at")
    parser.add_argument("--penalty", type=float, default=1.0, help="weight of the weak prior; 0: maximum likelihood")
    parser.add_argument("--json", action="store_true", dest="as_json", help="for a program")
    parser.set_defaults(run=_backtest)


def _add_fit(parser: argparse.ArgumentParser) -> None:
    models = ("mbg_nbd", "bg_nbd", "calibrated")
    parser.add_argument("--model", choices=models, default=models[0], help="mbg_nbd without it")
    parser.add_argument("--until", type=_day, metavar="YYYY-MM-DD", help="the last day to learn from")
    parser.add_argument("--penalty", type=float, default=1.0, help="weight of the weak prior; 0: maximum likelihood")
    parser.add_argument("--promote", action="store_true", help="let it speak from here on")
    parser.set_defaults(run=_fit)


def _add_features(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--at", type=_day, required=True, metavar="YYYY-MM-DD", help="the last day that is seen")
    parser.add_argument("--out", type=Path, required=True, metavar="FILE", help="where it is written to")
    parser.add_argument("--labels", action="store_true", help="with what happened in the 90 days after it")
    parser.add_argument("--known-then", action="store_true", help="without what was reported only later")
    parser.set_defaults(run=_export_features)


def _add_replay(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--swap", action="store_true", help="put the rebuilt tables in the place of those in use")
    parser.add_argument(
        "--time-zone", type=_time_zone, metavar="ZONE", help="rebuild for days in this IANA time zone; events wait"
    )
    parser.set_defaults(run=_replay_scoring)


def _add_backup(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("target", type=Path, metavar="FOLDER", help="a folder that does not exist yet")
    parser.add_argument("--service", choices=SERVICES, help="only its database, with its offsets in the topics")
    parser.set_defaults(run=_backup)


def _add_restore(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("source", type=Path, metavar="FOLDER", help="a folder written by `heed backup`")
    parser.set_defaults(run=_restore)


def _day(written: str) -> date:
    try:
        return date.fromisoformat(written)
    except ValueError:
        raise argparse.ArgumentTypeError("a day is written YYYY-MM-DD") from None


def _time_zone(written: str) -> str:
    try:
        return known_time_zone(written)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _days(written: str) -> int:
    days = int(written)
    if not 1 <= days <= LONGEST_LOOK:
        raise argparse.ArgumentTypeError(f"from 1 to {LONGEST_LOOK}")
    return days


def _up(_: argparse.Namespace) -> None:
    freeze_startup_objects()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(all_in_one.serve(load()))


def _openapi(chosen: argparse.Namespace) -> int:
    collected = asyncio.run(write.collect())
    if not chosen.check:
        write.write(collected, ROOT)
        return 0
    found = write.differences(collected, ROOT)
    print("\n".join([*found, "Run `make openapi`."]) if found else "The interface documents are what the code says.")
    return 1 if found else 0


def _migrate(chosen: argparse.Namespace) -> int:
    if not chosen.check:
        asyncio.run(all_in_one.migrate_all(load()))
        return 0
    found = asyncio.run(migration_drift.find())
    print("\n".join(found) or "Migrations and tables agree.")
    return 1 if found else 0


def _tail(chosen: argparse.Namespace) -> None:
    asyncio.run(admin_commands.tail_events(load(), types=chosen.types, follow=chosen.follow))


def _token(chosen: argparse.Namespace) -> int:
    return admin_commands.keys(load(), chosen.rest)


def _dlq(chosen: argparse.Namespace) -> int:
    return admin_commands.manage_dead_letters(load(), chosen.rest)


def _failed_work(chosen: argparse.Namespace) -> int:
    return admin_commands.manage_failed_work(load(), chosen.rest)


def _topics(chosen: argparse.Namespace) -> int:
    return admin_commands.manage_topics(load(), chosen.rest)


def _doctor(chosen: argparse.Namespace) -> int:
    from heed.doctor import command

    return command.examine(load(), json=chosen.as_json, repair=chosen.repair)


# What only these commands need is imported by them: the mathematics would lengthen every start of the product.


def _demo(_: argparse.Namespace) -> None:
    from heed import demo

    demo.tell(load())


def _backtest(chosen: argparse.Namespace) -> None:
    from heed import backtest, cdnow

    published = cdnow.SAMPLE if chosen.sample else cdnow.MASTER if chosen.cdnow else backtest.LEDGER
    wanted = backtest.Wanted(published, chosen.until, chosen.days, chosen.penalty)
    backtest.tell(load(), wanted, as_json=chosen.as_json)


def _fit(chosen: argparse.Namespace) -> None:
    from heed import fit

    fit.learn(load(), fit.Wanted(chosen.model, chosen.until, chosen.penalty, chosen.promote))


def _export_features(chosen: argparse.Namespace) -> None:
    from heed import export
    from heed_scoring.models.outcomes.point_in_time import KnowledgePolicy

    knowledge = KnowledgePolicy.THEN if chosen.known_then else KnowledgePolicy.NOW
    export.export(load(), export.Wanted(chosen.at, chosen.out, chosen.labels, knowledge))


def _backup(chosen: argparse.Namespace) -> None:
    from heed.backups import dumping
    from heed.backups import product as whole

    now = SystemClock().now()
    if chosen.service is None:
        whole.back_up(load(), chosen.target, now=now)
    else:
        dumping.back_up(load(), chosen.service, chosen.target, now=now)


def _restore(chosen: argparse.Namespace) -> None:
    from heed.backups import archive, restoring
    from heed.backups import product as whole

    now = SystemClock().now()
    if archive.read_manifest(chosen.source)["of"] == archive.ALL:
        whole.restore(load(), chosen.source, now=now)
    else:
        restoring.restore(load(), chosen.source, now=now)


def _replay_scoring(chosen: argparse.Namespace) -> int:
    from heed import replay

    return replay.rebuild_scoring(load(), swap=chosen.swap, time_zone=chosen.time_zone)
