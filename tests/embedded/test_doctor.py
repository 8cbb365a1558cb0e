"""`heed doctor` finds every problem, suggests a remedy, and has no false alarms."""

import json
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
import pytest_asyncio
from sqlalchemy import text

from heed import admin
from heed.doctor import consumers, disk, environment, findings, topics, webhooks
from heed.doctor.command import find_in
from heed.doctor.findings import Level
from heed.doctor.subject import Subject
from heed.gateway import SERVICES
from heed.settings import Settings
from heed_common import breaker
from heed_common.auth import tokens
from heed_common.broker import topics as common_topics
from heed_common.broker.postgres.bus import PostgresBus
from heed_common.broker.protocols import Message
from heed_common.clock import SystemClock
from heed_common.database import Database
from heed_common.encryption import format_keys
from heed_common.failed_work import repository as failed_work
from heed_customer.records.customers.repository import add_customer
from heed_customer.records.customers.tables import Customer
from heed_scoring import handlers
from tests.customer.reach.contacts.test_addresses import CIPHER, NEW_KEY, OLD_KEY, make_contact, make_customer
from tests.scoring.factories import as_batch, make_merge, make_purchase, received

pytestmark = [pytest.mark.asyncio, pytest.mark.slow]

EXAMPLE = Path(__file__).parents[2] / "docs" / "doctor.txt"
PARTITIONS = 2
STAGE = text("""
    INSERT INTO outbox (id, aggregatetype, aggregateid, type, partitionkey, aggversion, payload, staged_at)
    VALUES (gen_random_uuid(), 'heed.customer', 'x', 'customer.registered', 'x', 1, '', :at)
""")
DEAD = text("""
    INSERT INTO dead_letter (consumer_group, topic, partition, "offset", value, error, first_seen, attempts)
    VALUES ('heed-scoring', 'heed.customer', 0, 7, '', 'KeyError', now(), 1)
""")


ADD_WEBHOOK = """
    WITH endpoint AS (
        INSERT INTO webhook_endpoint (
            id, url, types, state, confidential, secrets, created_by, created_at, changed_at, revision, starts_at,
            replays
        ) VALUES (:id, 'https://example.com', '{}', 'enabled', false, '', '', :since, :since, 1, :now, 0)
    )
    INSERT INTO webhook_progress (endpoint_id, replays, offsets, waiting, missed, failures, saved_at)
    VALUES (:id, 0, '{"heed.customer": {"0": 0, "1": 0}}', 0, 0, 0, :since)
"""
ADD_FAILURE = """
    WITH failed AS (UPDATE webhook_progress SET failures = 1 RETURNING endpoint_id)
    INSERT INTO webhook_attempt (endpoint_id, event_id, type, number, attempted_at, duration_ms, error)
    SELECT endpoint_id, gen_random_uuid(), '', 1, at, 1, 'timeout'
    FROM failed, unnest(CAST(ARRAY[:since, :now] AS timestamptz[])) AS at
"""


@asynccontextmanager
async def opened(databases, names):
    connected = {service: Database(databases.url(name), pool_size=4) for service, name in names.items()}
    yield connected
    for database in connected.values():
        await database.close()


@pytest_asyncio.fixture
async def subject(databases, tmp_path):
    """A healthy running product, as far as its databases and its broker show."""
    names = {service: await databases.clone(f"heed_{service}") for service in SERVICES}
    log = await databases.clone("platform")
    bus = PostgresBus(Database(databases.url(log), pool_size=4))
    await common_topics.apply(bus, partitions=PARTITIONS)
    settings = Settings(data_dir=tmp_path, partitions=PARTITIONS)
    async with opened(databases, names) as connected:
        now = datetime.now(UTC)
        await admin.ensure_token(settings.token_file, connected, now=now)
        yield Subject(settings, connected, bus, None, is_running=True, now=now)
    await bus.close()
    for name in (*names.values(), log):
        await databases.drop(name)


async def write(database, statement, **parameters):
    async with database.transaction() as session:
        await session.execute(text(statement) if isinstance(statement, str) else statement, parameters)


async def wrong(subject):
    """Return the findings that are not ok, by check."""
    return {found.check: found for found in await find_in(subject) if found.level is not Level.OK}


async def test_a_healthy_product_has_no_findings(subject):
    found = await find_in(subject)
    assert [finding for finding in found if finding.level is not Level.OK] == []
    checks = {finding.check.partition(".")[0] for finding in found}
    assert checks == {
        "database",
        "keys",
        "contacts",
        "topics",
        "consumer",
        "outbox",
        "dead letters",
        "failed work",
        "webhooks",
        "families",
        "survey frame",
        "time zone",
        "clock",
        "disk",
    }


async def test_an_unavailable_database_is_one_finding_and_hides_no_other(subject):
    away = Database("postgresql://nobody@127.0.0.1:1/nothing")
    found = await find_in(replace(subject, databases={**subject.databases, "survey": away}))
    await away.close()
    assert [finding.check for finding in found if finding.level is Level.PROBLEM] == ["database.survey"]
    assert "HEED_SURVEY_DATABASE_URL" in next(finding.remedy for finding in found if finding.remedy)
    assert {"outbox.customer", "clock.scoring"} <= {finding.check for finding in found}


@pytest.mark.parametrize(("revision", "remedy"), [("0001", "heed migrate"), ("9999", "newer release")])
async def test_tables_of_another_release_are_reported_with_the_remedy(subject, revision, remedy):
    await write(subject.databases["customer"], "UPDATE alembic_version SET version_num = :revision", revision=revision)
    found = await wrong(subject)
    assert set(found) == {"database.customer"}
    assert remedy in found["database.customer"].remedy


async def test_a_database_that_accepts_no_writes_is_a_problem(subject):
    database = subject.databases["scoring"]
    async with database.autocommit() as connection:
        name = await connection.scalar(text("SELECT current_database()"))
        await connection.execute(text(f'ALTER DATABASE "{name}" SET default_transaction_read_only = on'))
    await database.engine.dispose()
    found = await wrong(subject)
    assert set(found) == {"database.scoring"}
    assert "read-only" in found["database.scoring"].detail


async def test_unpublished_events_are_a_problem_only_while_the_product_is_running(subject):
    await write(subject.databases["customer"], STAGE, at=subject.now - timedelta(minutes=5))
    found = await wrong(subject)
    assert found["outbox.customer"].level is Level.PROBLEM
    assert "Unpublished events: 1, the oldest for 300 s." in found["outbox.customer"].detail
    stopped = await wrong(replace(subject, is_running=False))
    assert stopped["outbox.customer"].level is Level.WARNING
    assert "heed up" in stopped["outbox.customer"].remedy


async def test_an_event_that_was_just_staged_is_no_problem(subject):
    await write(subject.databases["customer"], STAGE, at=subject.now)
    assert await wrong(subject) == {}


async def test_dead_letters_are_counted_by_group_and_topic(subject):
    await write(subject.databases["scoring"], DEAD)
    found = await wrong(subject)
    assert found["dead letters.scoring"].detail == "Events of heed.customer that heed-scoring could not process: 1."
    await write(subject.databases["scoring"], "UPDATE dead_letter SET dropped_at = now()")
    assert await wrong(subject) == {}


async def test_a_consumer_stopped_by_dead_letters_is_reported_with_the_command(subject):
    async with subject.databases["survey"].transaction() as session:
        await breaker.record(session, [True] * 20, group="heed-survey", now=subject.now)
    found = await wrong(subject)
    assert "heed-survey is stopped" in found["dead letters.survey"].detail
    assert "heed dlq resume --service survey" in found["dead letters.survey"].remedy


async def test_rows_that_a_job_could_not_process_are_counted_by_job(subject):
    async with subject.databases["complaint"].transaction() as session:
        await failed_work.upsert(
            session, "deadline_scheduler", {"one": "EventTooLarge", "two": "KeyError"}, now=subject.now
        )
    found = await wrong(subject)
    assert found["failed work.complaint"].level is Level.WARNING
    assert "deadline_scheduler could not process: 2" in found["failed work.complaint"].detail


async def test_a_webhook_that_is_not_delivered_is_a_problem_and_one_that_fails_too(subject):
    customer, moments = subject.databases["customer"], {"now": subject.now, "since": subject.now - timedelta(hours=3)}
    await write(customer, ADD_WEBHOOK, id=uuid4(), **moments)
    assert [finding.level for finding in await webhooks.check_webhooks(subject)] == [Level.OK]
    await subject.bus.publisher().publish([Message("heed.customer", b"ann", b"{}", ())])
    (found,) = await webhooks.check_webhooks(subject)
    assert (found.level, "makes no progress; waiting: 1 records." in found.detail) == (Level.PROBLEM, True)
    await write(customer, ADD_FAILURE, **moments)
    (found,) = await webhooks.check_webhooks(subject)
    assert "has failed for 3 h; waiting: 1 records." in found.detail
    assert "deliveries?failed=true" in found.remedy


async def test_contacts_that_no_key_decrypts_are_a_problem_and_old_keys_a_warning(subject, monkeypatch):
    async with subject.databases["customer"].transaction() as session:
        await make_contact(session, await make_customer(session), "phone", "+8613800138000", cipher=CIPHER)
    found = await wrong(subject)
    assert found["contacts"].level is Level.PROBLEM
    assert found["contacts"].detail == "Values of customer.contacts that no key decrypts: 1."
    monkeypatch.setenv("HEED_CONTACT_KEYS", format_keys([NEW_KEY, OLD_KEY]))
    found = await wrong(subject)
    assert found["contacts"].level is Level.WARNING
    assert "rotate-keys" in found["contacts"].remedy
    monkeypatch.setenv("HEED_CONTACT_KEYS", format_keys([OLD_KEY]))
    assert "contacts" not in await wrong(subject)
    monkeypatch.delenv("HEED_CONTACT_KEYS")
    assert "HEED_CONTACT_KEYS: must be set" in (await wrong(subject))["contacts"].detail


async def test_a_stalled_consumer_is_distinguished_from_one_that_makes_progress(subject, monkeypatch):
    monkeypatch.setattr(consumers, "LOOK_AGAIN_SECONDS", 0.1)
    message = Message("heed.customer", b"ann", b"{}", ())
    receipt = await subject.bus.publisher().publish([message])
    assert receipt.acknowledged == {0}
    found = await wrong(subject)
    assert set(found) == {f"consumer.{service}" for service in ("customer", "complaint", "survey", "scoring")}
    assert found["consumer.scoring"].level is Level.PROBLEM
    assert "makes no progress; lag: 1 events" in found["consumer.scoring"].detail
    stopped = await wrong(replace(subject, is_running=False))
    assert {finding.level for finding in stopped.values()} == {Level.WARNING}


async def test_a_missing_topic_and_a_short_retention_are_reported(subject):
    bus = subject.bus
    await bus.apply_topics({"heed.extra": common_topics.TopicSettings(PARTITIONS, 1)})
    log = bus._database
    await write(log, "UPDATE log_topic SET retention_ms = 86400000 WHERE topic = 'heed.customer'")
    (short,) = await topics.check_topics(subject)
    assert short.level is Level.WARNING
    assert short.detail.startswith("heed.customer retains events for 1 day(s), not forever")
    await write(log, "DELETE FROM log_topic WHERE topic = 'heed.survey'")
    (missing,) = await topics.check_topics(subject)
    assert missing.level is Level.PROBLEM
    assert "heed topics apply" in missing.remedy


async def test_a_longer_retention_is_no_problem(subject):
    await write(subject.bus._database, "UPDATE log_topic SET retention_ms = -1")
    assert await wrong(subject) == {}


async def test_a_clock_that_was_set_back_is_found_in_stored_times(subject):
    await write(subject.databases["survey"], STAGE, at=subject.now + timedelta(hours=1))
    found = await wrong(subject)
    assert found["clock.survey"].level is Level.PROBLEM
    assert "in the future" in found["clock.survey"].detail


async def test_the_owners_key_is_compared_with_all_services(subject):
    here = replace(subject, directory=subject.settings.data_dir)
    assert "keys" not in await wrong(here)
    token = admin.load_token(subject.settings.token_file)
    await tokens.revoke({"customer": subject.databases["customer"]}, token.id, now=subject.now)
    await tokens.revoke(subject.databases, token.id, now=subject.now)
    found = await wrong(here)
    assert "heed token create --admin-file" in found["keys"].remedy
    assert found["keys.scoring"].detail == "It has no valid key."


async def test_a_revocation_missing_in_a_service_is_reported_with_the_remedy(subject):
    token = admin.load_token(subject.settings.token_file)
    await tokens.create(subject.databases, name="another", scopes=["customers:read"], now=subject.now)
    await tokens.revoke({"customer": subject.databases["customer"]}, token.id, now=subject.now)
    found = await wrong(subject)
    assert f"heed token revoke {token.id}" in found["keys"].remedy


async def test_little_space_is_a_warning_and_very_little_a_problem(subject, monkeypatch):
    here = replace(subject, directory=subject.settings.data_dir)
    levels = []
    for least in (0, 10**18):
        monkeypatch.setattr(disk, "TOO_LITTLE", least)
        monkeypatch.setattr(disk, "LITTLE", 10**18)
        levels += [finding.level for finding in await disk.check_disk(here)]
    assert levels == [Level.WARNING, Level.PROBLEM]


async def test_an_inconsistent_family_of_merged_customers_is_reported_and_repaired(subject):
    database, (member, survivor) = subject.databases["scoring"], (uuid4(), uuid4())
    bought = as_batch([make_purchase(member), make_purchase(survivor)])
    async with database.transaction() as session:
        merged = received(make_merge(member, survivor), aggversion=2)
        await handlers.process_batch(session, [*bought, merged], clock=SystemClock())
    assert "families" not in await wrong(subject)
    await write(database, "UPDATE customer SET survivor_id = NULL WHERE customer_id = :id", id=member)
    found = await wrong(subject)
    assert found["families"].level is Level.PROBLEM
    assert str(member) in found["families"].detail
    assert "heed doctor --repair" in found["families"].remedy
    repaired = {finding.check: finding for finding in await find_in(subject, repair=True)}
    assert repaired["repair.families"].detail == "Repaired customers: 1."
    assert repaired["families"].level is Level.OK


async def test_customers_that_the_surveys_have_never_heard_of_are_reported_with_the_command(subject):
    for age, expected in ((timedelta(minutes=1), None), (timedelta(days=1), Level.WARNING)):
        async with subject.databases["customer"].transaction() as session:
            registered_at = SystemClock().now() - age
            row = {"version": 1, "revision": 1, "fingerprint": b"", "event_id": uuid4(), "changed_at": registered_at}
            customer = Customer(id=uuid4(), name="Ana", kind="individual", registered_at=registered_at, **row)
            await add_customer(session, customer)
        found = (await wrong(subject)).get("survey frame")
        assert (found and found.level) == expected
    assert "heed replay survey-frame" in found.remedy


async def test_a_time_zone_with_which_scoring_does_not_start_is_reported_with_the_command(subject, monkeypatch):
    await write(subject.databases["scoring"], "UPDATE champion SET time_zone = 'UTC'")
    assert "time zone" not in await wrong(subject)
    monkeypatch.setenv("HEED_TIME_ZONE", "Asia/Shanghai")
    found = await wrong(subject)
    assert found["time zone"].level is Level.PROBLEM
    assert "replay scoring --swap --time-zone Asia/Shanghai" in found["time zone"].remedy


async def test_a_failing_check_is_a_finding(subject):
    await write(subject.databases["customer"], "DROP TABLE dead_letter")
    found = await wrong(subject)
    assert set(found) == {"dead letters"}
    assert "ProgrammingError" in found["dead letters"].detail


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("HEED_TIMEZONE", "HEED_TIME_ZONE"),
        ("HEED_CURENCY", "HEED_CURRENCY"),
        ("HEED_SMTP_URL_FILES", "HEED_SMTP_URL_FILE"),
        ("HEED_XYZZY", ""),
    ],
)
async def test_an_unknown_setting_is_reported_with_a_suggestion(monkeypatch, name, meant):
    monkeypatch.setenv(name, "a secret")
    found = [finding for finding in environment.check_settings() if name in finding.detail and finding.remedy]
    assert [finding.level for finding in found] == [Level.WARNING]
    assert meant in found[0].remedy
    assert "a secret" not in str(environment.check_settings())


async def test_an_invalid_setting_of_one_service_is_a_problem(monkeypatch):
    monkeypatch.setenv("HEED_INTAKE_LINK_DAYS", "forever")
    found = [finding for finding in environment.check_settings() if finding.level is Level.PROBLEM]
    assert len(found) == 1
    assert found[0].detail.startswith("HEED_INTAKE_LINK_DAYS")
    assert "forever" not in str(found)


async def test_json_and_text_have_the_same_findings(subject):
    await write(subject.databases["scoring"], DEAD)
    found = await find_in(subject)
    document = json.loads(findings.as_json(found))
    assert document["ok"] is False
    assert [entry["detail"] for entry in document["findings"]] == [finding.detail for finding in found]
    assert all(finding.detail in findings.as_text(found) for finding in found)


async def test_the_documented_example_is_the_actual_output(subject):
    await write(subject.databases["customer"], STAGE, at=subject.now - timedelta(minutes=5))
    await write(subject.databases["scoring"], DEAD)
    await write(subject.bus._database, "UPDATE log_topic SET retention_ms = 604800000 WHERE topic = 'heed.complaint'")
    assert EXAMPLE.read_text() == findings.as_text(await find_in(subject)) + "\n"
