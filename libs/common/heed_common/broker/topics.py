"""Topics and their retention, and `python -m heed_common.broker.topics apply | check` for operators."""

import asyncio
import sys
from collections.abc import Sequence
from typing import ClassVar

from pydantic import Field

from heed_common.broker.bus import open_bus
from heed_common.broker.protocols import Bus, TopicSettings, WrongPartitions
from heed_common.contracts.registry import TOPICS
from heed_common.settings import ServiceSettings, SettingsError

UNLIMITED = -1
THIRTY_DAYS_MS = 30 * 24 * 60 * 60 * 1000
DERIVED = ("heed.scoring",)
"""Topics that can be computed again. The others have unlimited retention: a rebuild needs them."""
DEAD_LETTERS = ".dlq"

USAGE = "usage: python -m heed_common.broker.topics apply | check"


class LogSettings(ServiceSettings):
    """`HEED_BUS` and `HEED_PARTITIONS`; the embedded bus needs `HEED_LOG_DATABASE_URL` too."""

    service: ClassVar[str] = "log"

    database_url: str = Field("postgresql:///heed_log", repr=False)


def topic_settings(partitions: int) -> dict[str, TopicSettings]:
    """Return the settings of all topics and of their dead letter topics."""
    events = {topic: THIRTY_DAYS_MS if topic in DERIVED else UNLIMITED for topic in TOPICS}
    dead = {f"{topic}{DEAD_LETTERS}": THIRTY_DAYS_MS for topic in TOPICS}
    return {topic: TopicSettings(partitions, retention_ms) for topic, retention_ms in (events | dead).items()}


async def apply(bus: Bus, *, partitions: int) -> None:
    """Create the topics that are missing."""
    await bus.apply_topics(topic_settings(partitions))


async def check(bus: Bus, *, partitions: int) -> None:
    """Check the topics at the start of a process. Raises `WrongPartitions`."""
    await bus.check_topics(list(topic_settings(partitions)), partitions=partitions)


COMMANDS = {"apply": apply, "check": check}


def main(arguments: Sequence[str], *, log_url: str | None = None) -> int:
    """Run the command. Return 0 if all topics are correct, 1 if not, 2 for wrong usage."""
    if len(arguments) != 1 or arguments[0] not in COMMANDS:
        print(USAGE, file=sys.stderr)
        return 2
    try:
        settings = LogSettings.load(**({} if log_url is None else {"database_url": log_url}))
        asyncio.run(_run(arguments[0], settings))
    except SettingsError as error:
        print(error, file=sys.stderr)
        return 2
    except WrongPartitions as error:
        print(error, file=sys.stderr)
        return 1
    print(f"{len(topic_settings(settings.partitions))} topics with {settings.partitions} partitions exist.")
    return 0


async def _run(command: str, settings: LogSettings) -> None:
    bus = open_bus(settings, log_url=settings.database_url)
    try:
        await COMMANDS[command](bus, partitions=settings.partitions)
    finally:
        await bus.close()


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
