"""Commands of services about the keys that encrypt personal data: `new-key`, `rotate-keys`."""

import argparse
import asyncio
from collections.abc import Mapping

from heed_common.cli import ExtraCommand
from heed_common.database import Database
from heed_common.encryption import new_key
from heed_common.key_rotation import RotatedTable, RotationReport, rotate
from heed_common.messages.settings import MessageSettings

Rotations = Mapping[str, RotatedTable]
"""The tables of a service with values that the keys encrypt, by name."""


def key_commands(rotations: Rotations) -> Mapping[str, ExtraCommand]:
    """Return the commands of a service with these tables."""

    def run(settings: MessageSettings, _: argparse.Namespace) -> int:
        return asyncio.run(rotate_keys(settings, rotations))

    return {
        "new-key": ExtraCommand("print a new key for HEED_CONTACT_KEYS", _no_options, _print_key),
        "rotate-keys": ExtraCommand("encrypt with the newest key what older keys encrypted", _no_options, run),
    }


async def rotate_keys(settings: MessageSettings, rotations: Rotations) -> int:
    """Encrypt again what older keys encrypted, and print a line a table. Return 0 if no older key is needed now."""
    reports = await _rotate(settings, rotations)
    for name, report in reports.items():
        print(_line(name, report))
    is_complete = all(report.is_complete for report in reports.values())
    if is_complete:
        print(
            f"The {settings.service} service needs only the newest key now; "
            "older ones can be removed when it was restarted."
        )
    return 0 if is_complete else 1


async def _rotate(settings: MessageSettings, rotations: Rotations) -> dict[str, RotationReport]:
    database = Database(settings.database_url, pool_size=2, application_name="heed-rotate-keys")
    try:
        return await rotate(database, rotations, settings.field_cipher())
    finally:
        await database.close()


def _line(name: str, report: RotationReport) -> str:
    line = f"{name}: {report.rotated} encrypted again"
    if report.undecryptable:
        line += f", {report.undecryptable} that no key decrypts"
    if report.locked:
        line += f", {report.locked} locked: run it again"
    return line


def _no_options(_: argparse.ArgumentParser) -> None:
    pass


def _print_key(_: MessageSettings, __: argparse.Namespace) -> int:
    print(new_key())
    return 0
