"""For each loop rows of which one is poisonous: a trigger of PostgreSQL refuses it until it is mended."""

import json
from datetime import timedelta
from uuid import UUID, uuid4

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from heed_common import idempotency
from heed_common.clock import FakeClock
from heed_common.contracts.customer import CustomerKind
from heed_common.failed_work import repository as failed_work
from heed_common.files.media_types import FileType
from heed_common.idempotency import IdempotencyScope, StoredResponse
from heed_common.imports.chunks import Layout
from heed_common.imports.service import receiving_columns
from heed_common.upserts import Upserted
from heed_complaint.correspondence.timers import repository as message_timers
from heed_complaint.intake.imports import service as complaint_imports
from heed_complaint.intake.imports.repository import TABLES as COMPLAINT_IMPORTS
from heed_complaint.intake.imports.tables import ComplaintImportChunk
from heed_complaint.lifecycle.notifications.rules import MessageKind
from heed_complaint.lifecycle.transitions.rules import Action
from heed_complaint.resolution.callback_answers import repository as answers
from heed_complaint.resolution.callback_answers import service as answering
from heed_complaint.sla.promises import service as promises
from heed_complaint.sla.promises.rules import PromiseKind
from heed_customer.commitments.promises import service as customer_promises
from heed_customer.commitments.promises.rules import NewPromise
from heed_customer.imports import service as imports
from heed_customer.imports.formats.chunks import Chunk
from heed_customer.imports.formats.kinds import ImportKind
from heed_customer.records.customers import service as customers
from heed_customer.records.customers.rules import NewCustomer
from heed_scoring import handlers as scoring
from heed_scoring.models.fitting import fitting
from tests.complaint.factories.complaints import CLERK, open_complaint, walk
from tests.conftest import NOON
from tests.faults.isolation_of_surveys import (
    due_call_backs,
    due_reminders,
    files_of_responses,
    pooled_responses,
    samples_to_invite,
    triggered_occasions,
    unencoded_responses,
)
from tests.faults.isolation_rows import Case, Rows, three
from tests.scoring.factories import as_batch, make_purchase

DAY = timedelta(days=1)
MONTH = timedelta(days=30)


async def due_clocks(session: AsyncSession) -> Rows:
    cases = [await open_complaint(session, now=NOON - DAY) for _ in range(3)]
    return three([case.complaint.id for case in cases], "milestone", "complaint_id")


async def stale_plans(session: AsyncSession) -> Rows:
    cases = [await open_complaint(session, now=NOON) for _ in range(3)]
    await session.execute(text("UPDATE complaint_plan_state SET revision = 0"))
    return three([case.complaint.id for case in cases], "complaint_plan_state", "complaint_id")


async def overdue_promises(session: AsyncSession) -> Rows:
    cases = [await open_complaint(session, now=NOON - DAY) for _ in range(3)]
    for case in cases:
        await promises.create(
            session,
            complaint_id=case.complaint.id,
            kind=PromiseKind.OTHER,
            description="A call",
            promised_by=NOON - DAY / 2,
            by=CLERK,
            now=NOON - DAY,
        )
    return three([case.complaint.id for case in cases], "promise", "complaint_id")


async def silent_customers(session: AsyncSession) -> Rows:
    policy = await answers.get_policy_row(session)
    await answering.put_policy(session, columns={"on_no_answer": "close"}, if_match=policy.revision)
    then = NOON - MONTH
    cases = [
        await walk(session, await open_complaint(session, now=then), Action.ACCEPT, Action.COMPLETE, now=then)
        for _ in range(3)
    ]
    return three([case.complaint.id for case in cases], "complaint", "id")


async def stale_scores(session: AsyncSession) -> Rows:
    ids = [uuid4() for _ in range(3)]
    purchases = [make_purchase(id_, days_ago=60) for id_ in ids]
    await scoring.process_batch(session, as_batch(purchases), clock=FakeClock(NOON - DAY))
    return three(ids, "customer", "customer_id")


async def requested_fits(session: AsyncSession) -> Rows:
    fits = [
        await fitting.request_fit(
            session,
            algorithm="mbg_nbd",
            observed_until=None,
            penalty=1.0,
            promote=False,
            now=NOON - DAY + place * DAY / 9,
        )
        for place in range(3)
    ]
    return three([fit.id for fit in fits], "fit", "id", "UPDATE")


async def the_nights_fit(_: AsyncSession) -> Rows:
    return Rows([], NOON.date().isoformat(), "INSERT|fit|NEW.scheduled")


async def the_days_look(_: AsyncSession) -> Rows:
    return Rows([], f"shift:{NOON.date()}", "INSERT|drift|NEW.measure = 'shift'")


async def purges(session: AsyncSession) -> Rows:
    slot, long_ago = IdempotencyScope("caller", "POST", "/v1/things", "key"), NOON - MONTH
    await idempotency.save(session, slot, StoredResponse(201, {}, b""), body_hash=b"", now=long_ago)
    await failed_work.upsert(session, "forgotten", {"row": "ValueError"}, now=long_ago)
    return Rows(["failed_work"], "idempotency", "DELETE|idempotency|OLD.key = 'key'")


async def lines_of_a_file(session: AsyncSession) -> Rows:
    import_id, names = uuid4(), ("Monday", "Friday", "Sunday")
    await imports.begin_import(
        session, import_id=import_id, kind=ImportKind.CUSTOMERS, file_type=FileType.NDJSON, now=NOON
    )
    body = "".join(f'{{"kind": "individual", "name": "{name}"}}\n' for name in names).encode()
    chunk = Chunk(number=1, first_line=1, lines=3, body=body)
    await imports.append_chunk(session, import_id=import_id, chunk=chunk, now=NOON)
    await imports.complete_import(session, import_id=import_id, layout=Layout(), now=NOON)
    return Rows([f"{import_id}:-1", f"{import_id}:-3"], f"{import_id}:-2", "INSERT|customer|NEW.name = 'Friday'")


async def files_of_complaints(session: AsyncSession) -> Rows:
    """Store three files of one line each; the line of the second cannot be stored."""
    ids = []
    for number in range(3):
        columns = receiving_columns(uuid4(), FileType.NDJSON, dry_run=False, now=NOON - DAY)
        row = complaint_imports.new_import(columns, complaint_imports.Options())
        await COMPLAINT_IMPORTS.insert_import(session, row)
        received = (NOON - DAY).isoformat()
        line = {"external_id": f"t-{number}", "channel": "mail", "category": "product", "severity": "minor",
                "description": "Broken", "occurred_at": received, "received_at": received}  # fmt: skip
        chunk = ComplaintImportChunk(
            id=uuid4(), import_id=row.id, number=1, first_line=1, body=json.dumps(line).encode() + b"\n"
        )
        await COMPLAINT_IMPORTS.append_chunk(session, chunk, lines=1, now=NOON - DAY)
        await complaint_imports.complete_import(session, import_id=row.id, layout=Layout(), now=NOON - DAY)
        ids.append(row.id)
    first, bad, last = map(str, ids)
    return Rows([first, last], bad, "INSERT|complaint|NEW.external_id = 't-1'")


async def due_message_timers(session: AsyncSession) -> Rows:
    cases = [await open_complaint(session, now=NOON - DAY) for _ in range(3)]
    for case in cases:
        await message_timers.set_timer(session, case.id, MessageKind.PROGRESS, due_at=NOON - DAY / 2)
    first, bad, last = (str(case.id) for case in cases)
    return Rows([first, last], bad, f"DELETE|message_timer|OLD.complaint_id = '{bad}'")


async def _new_customers(session: AsyncSession) -> list[UUID]:
    new = [NewCustomer(kind=CustomerKind.INDIVIDUAL, name=name) for name in ("Monday", "Friday", "Sunday")]
    outcomes = await customers.register_customers(session, customers=new, now=NOON - DAY)
    return [outcome.row.id for outcome in outcomes if isinstance(outcome, Upserted)]


async def overdue_customer_promises(session: AsyncSession) -> Rows:
    promise = NewPromise(description="A call", due_at=NOON - DAY / 2)
    rows = [
        await customer_promises.record_promise(
            session, customer_id=customer_id, promise=promise, by="clerk", now=NOON - DAY
        )
        for customer_id in await _new_customers(session)
    ]
    return three([row.id for row in rows], "promise", "id")


async def outdated_search_columns(session: AsyncSession) -> Rows:
    ids = await _new_customers(session)
    await session.execute(text("UPDATE customer SET search_version = 0"))
    return three(ids, "customer", "id", "UPDATE")


HOUSEKEEPING = Case(
    purges,
    """
    SELECT 'idempotency' WHERE NOT EXISTS (SELECT FROM idempotency)
    UNION ALL SELECT 'failed_work' WHERE NOT EXISTS (SELECT FROM failed_work WHERE job = 'forgotten')
    """,
)
REPLANNING = Case(stale_plans, "SELECT complaint_id FROM complaint_plan_state WHERE revision > 0", job="replanning")
DAILY_REFRESH = Case(
    stale_scores, "SELECT customer_id FROM customer WHERE scored_on = '2026-03-02'", job="daily_refresh"
)

CASES: dict[tuple[str, str], Case] = {
    ("complaint", "deadline_scheduler"): Case(
        due_clocks, "SELECT aggregateid FROM outbox WHERE type LIKE 'heed.sla.breached%' GROUP BY aggregateid"
    ),
    ("complaint", "replanning"): REPLANNING,
    ("complaint", "replanning_second_page"): REPLANNING,
    ("complaint", "promises"): Case(overdue_promises, "SELECT complaint_id FROM promise WHERE state = 'broken'"),
    ("complaint", "unanswered_callbacks"): Case(silent_customers, "SELECT id FROM complaint WHERE state = 'closed'"),
    ("complaint", "message_timers"): Case(
        due_message_timers,
        "SELECT id FROM complaint WHERE NOT EXISTS (SELECT FROM message_timer WHERE complaint_id = complaint.id)",
    ),
    ("complaint", "housekeeping"): HOUSEKEEPING,
    ("customer", "imports"): Case(
        lines_of_a_file,
        """
        SELECT (SELECT id FROM import) || ':-' || array_position(ARRAY['Monday', 'Friday', 'Sunday'], name)
        FROM customer
        """,
    ),
    ("customer", "promises"): Case(overdue_customer_promises, "SELECT id FROM promise WHERE state = 'broken'"),
    ("customer", "search_refresh"): Case(
        outdated_search_columns, "SELECT id FROM customer WHERE search_version > 0", job="search_refresh"
    ),
    ("customer", "housekeeping"): HOUSEKEEPING,
    ("survey", "call-backs"): Case(due_call_backs, "SELECT id FROM complaint WHERE call_back_state = 'due'"),
    ("survey", "survey-invitations"): Case(
        samples_to_invite, "SELECT id FROM invitation_batch WHERE finished_at IS NOT NULL"
    ),
    ("survey", "survey-reminders"): Case(due_reminders, "SELECT id FROM invitation WHERE reminders_sent = 1"),
    ("survey", "survey-triggers"): Case(
        triggered_occasions, "SELECT id FROM trigger_occasion WHERE outcome = 'invited'"
    ),
    ("survey", "anonymous_responses"): Case(pooled_responses, "SELECT DISTINCT survey_id FROM response"),
    ("complaint", "complaint_imports"): Case(
        files_of_complaints, "SELECT id FROM complaint_import WHERE state = 'done' AND lines_created = 1"
    ),
    ("survey", "response_imports"): Case(
        files_of_responses, "SELECT id FROM response_import WHERE state = 'done' AND lines_created = 1"
    ),
    ("survey", "response_encoding"): Case(unencoded_responses, "SELECT id FROM response WHERE encoded IS NOT NULL"),
    ("survey", "housekeeping"): HOUSEKEEPING,
    ("scoring", "daily_refresh"): DAILY_REFRESH,
    ("scoring", "daily_refresh_second_page"): DAILY_REFRESH,
    ("scoring", "fits"): Case(requested_fits, "SELECT id FROM fit WHERE finished_at IS NOT NULL"),
    ("scoring", "nightly_fit"): Case(the_nights_fit, "SELECT CAST(requested_at AS date) FROM fit WHERE scheduled"),
    ("scoring", "drift"): Case(the_days_look, "SELECT measure || ':' || day FROM drift"),
    ("scoring", "housekeeping"): HOUSEKEEPING,
}
ELSEWHERE = {
    "messages-eml": "isolates each message by itself: tests/common/messages/test_sender.py",
    "consumer": "has dead letters of its own: tests/faults/test_poisoned_event.py",
    "webhooks": "an endpoint that fails holds up no other: tests/customer/subscriptions/delivery/test_jobs.py",
    "open_complaints": "counts complaints and writes nothing",
    "relay": "sends bytes that it does not read, in order; what the broker refuses is sent again",
}
"""Loops whose rows are isolated in another way."""
