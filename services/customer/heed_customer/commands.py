"""Commands about the keys that encrypt personal data: `new-key`, `rotate-keys`."""

import argparse
import asyncio
from collections.abc import Mapping

from heed_common.cli import ExtraCommand
from heed_common.database import Database
from heed_common.encryption import new_key
from heed_common.key_rotation import RotatedTable, RotationReport, rotate
from heed_customer.accounts.sensitive_fields import rotation as sensitive_fields
from heed_customer.reach.consents import rotation as consents
from heed_customer.reach.contacts import rotation as contacts
from heed_customer.settings import Settings

ROTATIONS: Mapping[str, RotatedTable] = {
    "contacts": contacts.ROTATION,
    "consents": consents.ROTATION,
    "sensitive_fields": sensitive_fields.ROTATION,
}
"""Every table with values that the keys encrypt."""


async def rotate_keys(settings: Settings) -> int:
    """Encrypt again what older keys encrypted, and print a line a table. Return 0 if no older key is needed now."""
    reports = await _rotate(settings)
    for name, report in reports.items():
        print(_line(name, report))
    is_complete = all(report.is_complete for report in reports.values())
    if is_complete:
        print("Only the newest key is needed now; the older ones can be removed when the service was restarted.")
    return 0 if is_complete else 1


async def _rotate(settings: Settings) -> dict[str, RotationReport]:
    database = Database(settings.database_url, pool_size=1, application_name="heed-rotate-keys")
    try:
        return await rotate(database, ROTATIONS, settings.field_cipher())
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


def _print_key(_: Settings, __: argparse.Namespace) -> int:
    print(new_key())
    return 0


def _rotate_keys(settings: Settings, _: argparse.Namespace) -> int:
    return asyncio.run(rotate_keys(settings))


COMMANDS: Mapping[str, ExtraCommand] = {
    "new-key": ExtraCommand("print a new key for HEED_CONTACT_KEYS", _no_options, _print_key),
    "rotate-keys": ExtraCommand("encrypt with the newest key what older keys encrypted", _no_options, _rotate_keys),
}
