"""Last uses of keys: counted in memory and written once a minute, because a write for each request would cost more
than most requests."""

from datetime import datetime

from heed_common.database import Database
from heed_common.keys import repository


class KeyUses:
    """The uses of keys in this process that are not written yet."""

    def __init__(self) -> None:
        self._uses: dict[str, datetime] = {}

    def record(self, id_: str, at: datetime) -> None:
        self._uses[id_] = at

    async def flush(self, database: Database) -> None:
        """Write them. After an error they stay for the next time, unless there are newer ones."""
        if not self._uses:
            return
        uses, self._uses = self._uses, {}
        try:
            async with database.transaction(wakes_jobs=False) as session:
                await repository.record_uses(session, uses)
        except BaseException:
            self._uses = uses | self._uses
            raise
