"""Entries of the audit trail, and what a request leaves in it. Pure.

An entry has ids and names of operations, never a value of a request: no text, no address, no name of a person.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from heed_common.identifiers import new_id

HEX = "[0-9a-f]"
ID = f"{HEX}{{8}}-{HEX}{{4}}-{HEX}{{4}}-{HEX}{{4}}-{HEX}{{12}}"
PATH_ID = re.compile(rf"(?<=/){ID}(?=[/:.]|$)")
CREATED_ID = re.compile(f'{{"id": ?"({ID})"'.encode())
"""The id with which the response of a creation begins."""
CREATED = 201
UNKNOWN_ACTOR = "unknown"
FILE_FORMAT = ".{file_format}"


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry: an operation of an actor, or equal ones of the same transaction or minute, which are counted."""

    at: datetime
    actor: str
    """The id of the caller: `key:…`, `jwt:…`, `service` or `operator`."""
    action: str
    """Method and route, such as `POST /v1/purchases`, or the code of refusals."""
    status: int
    resource_ids: Sequence[UUID] | Sequence[str] = ()
    """Those in the path, and that of what was created; texts until they are stored, because that takes less time."""
    key_id: str | None = None
    """The API key that was created, rotated or revoked."""
    count: int = 1
    service: str | None = None
    """None: the service in whose database the entry is."""
    id: UUID = field(default_factory=new_id)


def action_of(method: str, template: str, path: str) -> str:
    """Return method and route; of a file its format, too."""
    if template.endswith(FILE_FORMAT):
        template = template.removesuffix(FILE_FORMAT) + "." + path.rpartition(".")[2]
    return f"{method} {template}"


def ids_in_path(path: str) -> list[str]:
    return PATH_ID.findall(path)


def created_id(status: int, body: bytes) -> str | None:
    """Return the id of what a request has created; None if it has created nothing, or the response has no id."""
    found = CREATED_ID.match(body) if status == CREATED else None
    return None if found is None else found[1].decode()
