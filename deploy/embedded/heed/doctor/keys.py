"""API keys: all services accept the owner's key, and each key is the same in all services."""

from collections.abc import Mapping

from sqlalchemy import select

from heed import admin
from heed.doctor.findings import Finding, ok, problem, warning
from heed.doctor.subject import Subject
from heed_common.auth.api_keys import KeyState, key_state
from heed_common.tables import API_KEY

CREATE = "`heed token create` creates one."


async def check_keys(subject: Subject) -> list[Finding]:
    """Check the API keys of all services."""
    good: dict[str, dict[str, bytes]] = {}
    for service, database in subject.databases.items():
        async with database.autocommit() as connection:
            rows = await connection.execute(select(API_KEY).where(API_KEY.c.revoked_at.is_(None)))
            good[service] = {row.id: row.secret_hash for row in rows}
    findings = [
        problem(f"keys.{service}", "It has no valid key.", CREATE) for service, keys in good.items() if not keys
    ] + _one_sided(good)
    if subject.directory is not None:
        findings += await _check_file(subject)
    return findings or [ok("keys", f"Valid in all services: {len(next(iter(good.values()), {}))}.")]


def _one_sided(good: Mapping[str, Mapping[str, bytes]]) -> list[Finding]:
    """Return findings about key changes that have not reached every database."""
    ids = sorted({id_ for keys in good.values() for id_ in keys})
    uneven = [id_ for id_ in ids if len({keys.get(id_) for keys in good.values()}) > 1]
    return [
        warning(
            "keys",
            f"The key {id_} is not the same in all services.",
            f"Repeat the last command: `heed token revoke {id_}` or `heed token rotate {id_}`.",
        )
        for id_ in uneven
    ]


async def _check_file(subject: Subject) -> list[Finding]:
    path = subject.settings.token_file
    token = admin.load_token(path)
    if token is None:
        return [warning("keys", f"There is no {path}.", "`heed up` creates one.")]
    states = []
    for database in subject.databases.values():
        async with database.transaction() as session:
            states.append(await key_state(session, token))
    for ended in (KeyState.REVOKED, KeyState.REPLACED):
        if ended in states:
            detail, _, remedy = (admin.advice(ended, path) or "").partition(". ")
            return [problem("keys", f"{detail}.", remedy)]
    if KeyState.UNKNOWN in states:
        return [warning("keys", f"The key in {path} is not in every database yet.", "`heed up` adds it.")]
    return [ok("keys", f"All services accept the key in {path}.")]
