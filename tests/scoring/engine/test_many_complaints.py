"""Whoever complains without end is still scored, and what is told of it still fits into an event."""

from uuid import UUID, uuid4

from heed_common.contracts.complaint import Severity
from heed_common.outbox import MAX_EVENT_BYTES
from heed_scoring.engine import score_fields
from heed_scoring.engine.churn.complaints import MAX_COMPLAINTS
from heed_scoring.engine.features.features import features
from heed_scoring.engine.model import prior
from heed_scoring.engine.money import Money
from heed_scoring.engine.score import score
from heed_scoring.handlers import ledger_rows
from heed_scoring.ledger.facts import fold
from heed_scoring.scores import score_document, score_events
from heed_scoring.scores.score_document import TIME_PASSED, ScoreStatement
from tests.scoring.factories import NOON, as_batch, make_complaint, make_purchase, make_remedy

CUSTOMER = UUID(int=1)
MINOR, CRITICAL = 3_000, 30


def complaints(severity, count):
    opened = [make_complaint(CUSTOMER, severity=severity) for _ in range(count)]
    given = [
        make_remedy(CUSTOMER, complaint_id=one.complaint_id, severity=severity, remedy_id=uuid4()) for one in opened
    ]
    return [*opened, *given]


def saying_of(events):
    rows = [row for received in as_batch(events) for row in ledger_rows(received)]
    model = prior(Money(complaint_cost="1"))
    result = score([features(fold(rows), day=NOON.date(), money=model.money)], model)[0]
    return ScoreStatement(result, result.factors(), CUSTOMER, NOON, model.version, TIME_PASSED)


def test_what_is_told_of_thousands_of_complaints_fits_into_an_event_with_room_to_spare():
    bought = [make_purchase(CUSTOMER, days_ago=ago) for ago in (90, 60, 30)]
    saying = saying_of([*bought, *complaints(Severity.MINOR, MINOR), *complaints(Severity.CRITICAL, CRITICAL)])
    assert len(saying.score.seen.complaints) == MINOR + CRITICAL
    told = score_events.score_changed(saying, version=1)
    kept = score_document.serialize(saying, score_document.serialize_numbers(saying.score), previous=None)
    assert max(len(told.data), len(kept)) < MAX_EVENT_BYTES / 2
    read = score_document.parse(CUSTOMER, kept, at=NOON)
    evidence = {line["factor"]: line["evidence"] for line in read["explanation"]}
    assert len(evidence["service_cost"]) == len(evidence["remedies"]) == score_fields.MAX_EVIDENCE


def test_of_more_open_complaints_than_are_told_those_with_most_at_stake_are():
    saying = saying_of([make_purchase(CUSTOMER), *complaints(Severity.MINOR, 150), make_complaint(CUSTOMER)])
    (heaviest,) = [one for one in saying.score.seen.complaints if one.severity == Severity.MAJOR]
    told = saying.score.saved
    assert len(told) == MAX_COMPLAINTS
    assert told[0].complaint_id == heaviest.complaint_id
    assert len(saying_of([*complaints(Severity.MINOR, 80)]).score.saved) == 80
