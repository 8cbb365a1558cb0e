"""Encrypted values: whether there is a key for each, and whether a rotation was completed."""

from heed import contact_keys
from heed.doctor.findings import Finding, ok, problem, warning
from heed.doctor.subject import Subject
from heed_common.settings import NO_DATABASE_URL, SettingsError
from heed_customer.commands import ROTATIONS
from heed_customer.settings import Settings

CHECK, SERVICE = "contacts", "customer"


async def check_contacts(subject: Subject) -> list[Finding]:
    """Find values that no key decrypts, and those that wait for a rotation."""
    if SERVICE not in subject.databases:
        return []
    overrides = contact_keys.overrides(subject.settings) if subject.directory is not None else {}
    try:
        cipher = Settings.load(**{"database_url": NO_DATABASE_URL, **overrides}).field_cipher()
    except SettingsError as error:
        return [warning(CHECK, f"Not checked. {error}", "Set it here as it is set for the customer service.")]
    findings = []
    async with subject.databases[SERVICE].transaction() as session:
        for name, table in ROTATIONS.items():
            lost, old = await table.count_undecryptable(session, cipher), await table.count_old(session, cipher)
            if lost:
                remedy = "Add the key that is missing to HEED_CONTACT_KEYS or its file; without it they are lost."
                findings.append(problem(CHECK, f"Values of {name} that no key decrypts: {lost}.", remedy))
            elif old:
                remedy = "`heed contacts rotate-keys` or `python -m heed_customer rotate-keys` encrypts them again."
                findings.append(warning(CHECK, f"Values of {name} that an older key encrypted: {old}.", remedy))
    return findings or [ok(CHECK, "The newest key decrypts every contact.")]
