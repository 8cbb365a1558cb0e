"""The commands of `python -m heed`."""

import argparse
import asyncio
import sys
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import uvloop

from heed import admin_commands, all_in_one, migration_drift
from heed.convert.options import SOURCES
from heed.errors import CommandError
from heed.gateway import SERVICES
from heed.interface_docs import write
from heed.settings import load
from heed_common import VERSION, logs
from heed_common.broker.protocols import WrongPartitions
from heed_common.clock import SystemClock
from heed_common.gc_tuning import freeze_startup_objects
from heed_common.settings import SettingsError, known_time_zone
from heed_measures.errors import MeasureError

ROOT = Path(__file__).resolve().parents[3]
MAX_DAYS = 3650


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
    except (CommandError, WrongPartitions, MeasureError) as error:
        print(error, file=sys.stderr)
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="heed", description="All of Heed in one process.")
    parser.add_argument("--version", action="version", version=f"heed {VERSION}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    up = commands.add_parser("up", help="serve everything on HEED_HOST:HEED_PORT, data in HEED_DATA_DIR")
    up.set_defaults(run=_up)
    commands.add_parser("demo", help="show a complaint and its effect on real data").set_defaults(run=_demo)
    _add_backtest(commands.add_parser("backtest", help="measure the accuracy of past forecasts"))
    _add_fit(commands.add_parser("fit", help="fit a model to the recorded purchases"))
    _add_convert(commands.add_parser("convert", help="turn an export of a help desk or shop into files to import"))
    tables = commands.add_parser("export", help="write tables for data scientists").add_subparsers(required=True)
    _add_features(tables.add_parser("features", help="features of every customer on a day, as Parquet"))
    services = commands.add_parser("replay", help="rebuild tables from events").add_subparsers(required=True)
    _add_replay(services.add_parser("scoring", help="rebuild scoring, compare, and swap on request"))
    timeline = services.add_parser("timeline", help="rebuild the timeline of customers, and put it in use")
    timeline.add_argument("--dry-run", action="store_true", help="only compare with the timeline in use")
    timeline.set_defaults(run=_replay_timeline)
    frame = services.add_parser("survey-frame", help="fill the customers that samples are drawn from")
    frame.add_argument("--dry-run", action="store_true", help="only count what would change")
    frame.set_defaults(run=_replay_survey_frame)
    doctor = commands.add_parser("doctor", help="check everything that the product needs, and suggest fixes")
    doctor.add_argument("--json", action="store_true", dest="as_json", help="print JSON")
    doctor.add_argument("--repair", action="store_true", help="first repair inconsistent families of merged customers")
    doctor.set_defaults(run=_doctor)
    _add_backup(commands.add_parser("backup", help="back up everything, or one service"))
    _add_restore(commands.add_parser("restore", help="replace the data by a backup; the services must be stopped"))
    events = commands.add_parser("events", help="published events").add_subparsers(required=True)
    _add_tail(events.add_parser("tail", help="print events, one JSON document a line"))
    contacts = commands.add_parser("contacts", help="keys that encrypt contacts").add_subparsers(required=True)
    add_key = contacts.add_parser("add-key", help="put a new key before the others; the product must be stopped")
    add_key.set_defaults(run=_add_contact_key)
    rotation = contacts.add_parser("rotate-keys", help="encrypt with the newest key what older keys encrypted")
    rotation.set_defaults(run=_rotate_contact_keys)
    for name, run, description in (
        ("token", _token, "create, rotate or revoke a key of the API"),
        ("topics", _topics, "apply or check the topics on the broker"),
        ("dlq", _dlq, "list, show, retry or drop dead letters; resume a stopped consumer"),
        ("failed-work", _failed_work, "list, retry or drop rows that a job could not process"),
    ):
        # With a prefix that no one writes, so that options too are passed on to the command.
        delegated = commands.add_parser(name, help=description, add_help=False, prefix_chars="\0")
        delegated.add_argument("rest", nargs=argparse.REMAINDER)
        delegated.set_defaults(run=run)
    for name, run, description in (
        ("openapi", _openapi, "write the interface documents"),
        ("migrate", _migrate, "migrate the databases to the newest revision"),
    ):
        checked = commands.add_parser(name, help=description)
        checked.add_argument("--check", action="store_true", help="only print differences")
        checked.set_defaults(run=run)
    return parser


def _add_tail(tail: argparse.ArgumentParser) -> None:
    tail.add_argument("--type", action="append", default=[], dest="types", help="such as complaint.opened; repeat it")
    tail.add_argument("--no-follow", action="store_false", dest="follow", help="end with the last event there is")
    tail.set_defaults(run=_tail)


def _add_convert(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("source", choices=SOURCES, help="what the file is an export of")
    parser.add_argument("file", type=Path, help="CSV, NDJSON or JSON, as it was exported")
    parser.add_argument("--out", type=Path, default=Path(), metavar="FOLDER", help="of the files (default: here)")
    parser.add_argument("--time-zone", default="UTC", metavar="ZONE", help="of moments without an offset")
    parser.add_argument("--categories", type=Path, metavar="FILE", help="JSON: category by type, tag or product type")
    parser.add_argument("--category", default="other", metavar="CODE", help="of all others (default: other)")
    parser.set_defaults(run=_convert)


def _add_backtest(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--cdnow", action="store_true", help="on a published log, not on your own purchases")
    parser.add_argument("--sample", action="store_true", help="on the tenth of CDNOW that the literature uses")
    parser.add_argument("--until", type=_day, metavar="YYYY-MM-DD", help="the last day of the training data")
    parser.add_argument("--days", type=_days, metavar="N", help="number of days to test after it")
    parser.add_argument("--penalty", type=float, default=1.0, help="weight of the weak prior; 0: maximum likelihood")
    parser.add_argument("--json", action="store_true", dest="as_json", help="print JSON")
    parser.set_defaults(run=_backtest)


def _add_fit(parser: argparse.ArgumentParser) -> None:
    models = ("mbg_nbd", "bg_nbd", "calibrated")
    parser.add_argument("--model", choices=models, default=models[0], help="default: mbg_nbd")
    parser.add_argument("--until", type=_day, metavar="YYYY-MM-DD", help="the last day of the training data")
    parser.add_argument("--penalty", type=float, default=1.0, help="weight of the weak prior; 0: maximum likelihood")
    parser.add_argument("--promote", action="store_true", help="use it for scores from now on")
    parser.set_defaults(run=_fit)


def _add_features(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--at", type=_day, required=True, metavar="YYYY-MM-DD", help="the last day of the data")
    parser.add_argument("--out", type=Path, required=True, metavar="FILE", help="output file")
    parser.add_argument("--labels", action="store_true", help="with the outcomes of the 90 days after it")
    parser.add_argument("--known-then", action="store_true", help="without facts that were reported later")
    parser.set_defaults(run=_export_features)


def _add_replay(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--swap", action="store_true", help="replace the tables in use by the rebuilt ones")
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


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError("a day is written YYYY-MM-DD") from None


def _time_zone(text: str) -> str:
    try:
        return known_time_zone(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _days(text: str) -> int:
    days = int(text)
    if not 1 <= days <= MAX_DAYS:
        raise argparse.ArgumentTypeError(f"from 1 to {MAX_DAYS}")
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
    print("\n".join([*found, "Run `make openapi`."]) if found else "The interface documents match the code.")
    return 1 if found else 0


def _migrate(chosen: argparse.Namespace) -> int:
    if not chosen.check:
        asyncio.run(all_in_one.migrate_all(load()))
        return 0
    found = asyncio.run(migration_drift.find_drift())
    print("\n".join(found) or "Migrations and tables agree.")
    return 1 if found else 0


def _tail(chosen: argparse.Namespace) -> None:
    asyncio.run(admin_commands.tail_events(load(), types=chosen.types, follow=chosen.follow))


def _token(chosen: argparse.Namespace) -> int:
    return admin_commands.manage_keys(load(), chosen.rest)


def _dlq(chosen: argparse.Namespace) -> int:
    return admin_commands.manage_dead_letters(load(), chosen.rest)


def _failed_work(chosen: argparse.Namespace) -> int:
    return admin_commands.manage_failed_work(load(), chosen.rest)


def _topics(chosen: argparse.Namespace) -> int:
    return admin_commands.manage_topics(load(), chosen.rest)


def _doctor(chosen: argparse.Namespace) -> int:
    from heed.doctor import command

    return command.examine(load(), json=chosen.as_json, repair=chosen.repair)


# Imports of single commands: the mathematics would lengthen every start of the product.


def _demo(_: argparse.Namespace) -> None:
    from heed import demo

    demo.run(load())


def _convert(chosen: argparse.Namespace) -> None:
    from heed.convert import command

    options = command.read_options(chosen.time_zone, chosen.categories, default_category=chosen.category)
    command.run(chosen.source, chosen.file, chosen.out, options)


def _backtest(chosen: argparse.Namespace) -> None:
    from heed import backtest, cdnow

    published = cdnow.SAMPLE if chosen.sample else cdnow.MASTER if chosen.cdnow else backtest.LEDGER
    options = backtest.BacktestOptions(published, chosen.until, chosen.days, chosen.penalty)
    backtest.run(load(), options, as_json=chosen.as_json)


def _fit(chosen: argparse.Namespace) -> None:
    from heed import fit

    fit.run(load(), fit.FitOptions(chosen.model, chosen.until, chosen.penalty, chosen.promote))


def _export_features(chosen: argparse.Namespace) -> None:
    from heed import export
    from heed_scoring.models.outcomes.point_in_time import KnowledgePolicy

    knowledge = KnowledgePolicy.THEN if chosen.known_then else KnowledgePolicy.NOW
    export.run(load(), export.ExportOptions(chosen.at, chosen.out, chosen.labels, knowledge))


def _backup(chosen: argparse.Namespace) -> None:
    from heed.backups import dump
    from heed.backups import product as whole

    now = SystemClock().now()
    if chosen.service is None:
        whole.back_up(load(), chosen.target, now=now)
    else:
        dump.back_up(load(), chosen.service, chosen.target, now=now)


def _restore(chosen: argparse.Namespace) -> None:
    from heed.backups import archive, restore
    from heed.backups import product as whole

    now = SystemClock().now()
    if archive.read_manifest(chosen.source)["of"] == archive.ALL:
        whole.restore(load(), chosen.source, now=now)
    else:
        restore.restore(load(), chosen.source, now=now)


def _add_contact_key(_: argparse.Namespace) -> None:
    from heed import key_commands

    key_commands.add_key(load())


def _rotate_contact_keys(_: argparse.Namespace) -> int:
    from heed import key_commands

    return key_commands.rotate_keys(load())


def _replay_scoring(chosen: argparse.Namespace) -> int:
    from heed import replay

    return replay.rebuild_scoring(load(), swap=chosen.swap, time_zone=chosen.time_zone)


def _replay_timeline(chosen: argparse.Namespace) -> int:
    from heed import replay

    return replay.rebuild_timeline(load(), swap=not chosen.dry_run)


def _replay_survey_frame(chosen: argparse.Namespace) -> int:
    from heed import replay

    return replay.fill_survey_frame(load(), dry_run=chosen.dry_run)
