"""Advisory locks of all services: their numbers, in one place so that no two locks share one, and how to take them.

A lock holds within one database. What is locked by its content (an idempotency key, a consumer group, a customer) is
hashed into the same 64 bits; a collision would only make two transactions wait for each other.
"""

from enum import IntEnum, unique

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

LOCK = text("SELECT pg_advisory_xact_lock(CAST(:key AS bigint))")
LOCK_TEXT = text("SELECT pg_advisory_xact_lock(hashtextextended(:text, 0))")
TRY_LOCK = text("SELECT pg_try_advisory_xact_lock(CAST(:key AS bigint))")


@unique
class AdvisoryLock(IntEnum):
    """Locks by number. The first four bytes spell HEED."""

    MIGRATIONS = 0x48454544_0000
    RELAY = 0x48454544_0001
    HOUSEKEEPING = 0x48454544_0002
    LOG_PURGE = 0x48454544_0003
    LOG_TABLES = 0x48454544_0004
    KEYS = 0x48454544_0005

    DAILY_REFRESH = 0x48454544_0101
    FIT = 0x48454544_0102
    NIGHTLY_FIT = 0x48454544_0103
    DRIFT = 0x48454544_0104
    DAILY_REFRESH_SECOND_PAGE = 0x48454544_0105
    MODEL_PROMOTION = 0x48454544_0106
    REBUILD = 0x48454544_0110

    CUSTOMER_MERGES = 0x48454544_0201
    REFERRALS = 0x48454544_0202
    IMPORT_ACCEPTANCE = 0x48454544_0203
    TIMELINE_REPLAY = 0x48454544_0204
    SEARCH_REFRESH = 0x48454544_0205
    CUSTOMER_RELATIONS = 0x48454544_0220
    CUSTOMER_PROMISES = 0x48454544_0221
    UNANSWERED_CALL_BACKS = 0x48454544_0206
    WEBHOOKS = 0x48454544_0232
    WEBHOOK_LIMIT = 0x48454544_0233
    REPLANNING = 0x48454544_0210
    REPLANNING_SECOND_PAGE = 0x48454544_0211

    CALL_BACK_INVITATIONS = 0x48454544_0301
    SURVEY_INVITATIONS = 0x48454544_0302
    SURVEY_REMINDERS = 0x48454544_0303
    SURVEY_TRIGGERS = 0x48454544_0304
    SURVEY_FRAME_REPLAY = 0x48454544_0305
    ANONYMOUS_RESPONSES = 0x48454544_0311
    ENCODED_ANSWERS = 0x48454544_0312
    RESPONSE_IMPORTS = 0x48454544_0313

    ASSIGNMENT = 0x48454544_0501
    PROMISES = 0x48454544_0502
    SLA_TERMS = 0x48454544_0503
    MESSAGE_TIMERS = 0x48454544_0504
    OPEN_COMPLAINTS = 0x48454544_0505
    COMPLAINT_IMPORTS = 0x48454544_0506


async def lock(session: AsyncSession, key: int) -> None:
    """Wait for the lock, and hold it until the transaction ends."""
    await session.execute(LOCK, {"key": key})


async def try_lock(session: AsyncSession, key: int) -> bool:
    """Take the lock until the transaction ends. Return False if another transaction holds it."""
    return bool((await session.execute(TRY_LOCK, {"key": key})).scalar_one())


async def lock_text(session: AsyncSession, content: str) -> None:
    """Wait for the lock of this text, and hold it until the transaction ends."""
    await session.execute(LOCK_TEXT, {"text": content})
