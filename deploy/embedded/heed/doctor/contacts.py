"""Encrypted values of all services: whether there is a key for each, and whether a rotation was completed."""

from heed import contact_keys
from heed.doctor.findings import Finding, ok, problem, warning
from heed.doctor.subject import Subject
from heed.services import commands_of
from heed_common.database import Database
from heed_common.encryption import FieldCipher
from heed_common.key_commands import Rotations
from heed_common.settings import NO_DATABASE_URL, SettingsError
from heed_customer.settings import Settings

CHECK = "contacts"
ADD_KEY = "Add the key that is missing to HEED_CONTACT_KEYS or its file; without it they are lost."
ROTATE = "`heed contacts rotate-keys`, or `rotate-keys` of the service, encrypts them again."


async def check_contacts(subject: Subject) -> list[Finding]:
    """Find values that no key decrypts, and those that wait for a rotation."""
    encrypting = {name: commands for name in subject.databases if (commands := commands_of(name)) is not None}
    if not encrypting:
        return []
    overrides = contact_keys.overrides(subject.settings) if subject.directory is not None else {}
    try:
        cipher = Settings.load(**{"database_url": NO_DATABASE_URL, **overrides}).field_cipher()
    except SettingsError as error:
        return [warning(CHECK, f"Not checked. {error}", "Set it here as it is set for the services.")]
    findings = []
    for name, commands in encrypting.items():
        findings += await _check_service(name, subject.databases[name], commands.rotations, cipher)
    return findings or [ok(CHECK, "The newest key decrypts every value.")]


async def _check_service(service: str, database: Database, rotations: Rotations, cipher: FieldCipher) -> list[Finding]:
    findings = []
    async with database.transaction() as session:
        for table_name, table in rotations.items():
            name = f"{service}.{table_name}"
            lost, old = await table.count_undecryptable(session, cipher), await table.count_old(session, cipher)
            if lost:
                findings.append(problem(CHECK, f"Values of {name} that no key decrypts: {lost}.", ADD_KEY))
            elif old:
                findings.append(warning(CHECK, f"Values of {name} that an older key encrypted: {old}.", ROTATE))
    return findings
