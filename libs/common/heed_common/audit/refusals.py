"""Refused callers, counted in memory and recorded once a minute: an attack must not fill the audit trail."""

from collections import Counter
from datetime import datetime
from itertools import starmap

from heed_common.audit import pending
from heed_common.audit.entries import UNKNOWN_ACTOR, Entry
from heed_common.database import Database
from heed_common.errors import HeedError

MAX_ACTORS = 1000
"""More of them in a minute are counted together."""


class Refusals:
    """The refusals of this process that are not recorded yet."""

    def __init__(self, service: str | None = None) -> None:
        self._service = service
        self._counts: Counter[tuple[str, str, int]] = Counter()

    def record(self, error: HeedError, actor: str | None) -> None:
        """Count a refusal. The actor is a known key or a caller, never what a stranger has sent."""
        key = (actor or UNKNOWN_ACTOR, error.code, error.status)
        if key not in self._counts and len(self._counts) >= MAX_ACTORS:
            key = (UNKNOWN_ACTOR, error.code, error.status)
        self._counts[key] += 1

    async def flush(self, database: Database, *, now: datetime) -> None:
        """Record them, one entry for each actor and code. After an error they are counted on."""
        counts, self._counts = self._counts, Counter()
        if not counts:
            return

        def to_entry(key: tuple[str, str, int], count: int) -> Entry:
            actor, code, status = key
            return Entry(now, actor, code, status, count=count, service=self._service)

        try:
            async with database.transaction(wakes_jobs=False) as session:
                pending.record(session, *starmap(to_entry, counts.items()))
        except BaseException:
            self._counts.update(counts)
            raise
