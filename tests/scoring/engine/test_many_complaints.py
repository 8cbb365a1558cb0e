"""A customer with thousands of complaints is still scored, and the score still fits into an event."""

from uuid import UUID, uuid4

from heed_common.contracts.complaint import Severity
from heed_common.outbox import MAX_EVENT_BYTES
from heed_scoring.engine import explanation
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


def statement_of(events):
    rows = [row for received in as_batch(events) for row in ledger_rows(received)]
    model = prior(Money(complaint_cost="1"))
    result = score([features(fold(rows), day=NOON.date(), money=model.money)], model)[0]
    return ScoreStatement(result, result.explanation(), CUSTOMER, NOON, model.version, TIME_PASSED)


def test_a_score_with_thousands_of_complaints_fits_into_an_event_with_room_to_spare():
    bought = [make_purchase(CUSTOMER, days_ago=ago) for ago in (90, 60, 30)]
    statement = statement_of([*bought, *complaints(Severity.MINOR, MINOR), *complaints(Severity.CRITICAL, CRITICAL)])
    assert len(statement.score.seen.complaints) == MINOR + CRITICAL
    event = score_events.score_changed(statement, version=1)
    document = score_document.serialize(statement, score_document.serialize_numbers(statement.score), previous=None)
    assert max(len(event.data), len(document)) < MAX_EVENT_BYTES / 2
    read = score_document.parse(CUSTOMER, document, at=NOON)
    evidence = {line["factor"]: line["evidence"] for line in read["explanation"]}
    assert len(evidence["service_cost"]) == len(evidence["remedies"]) == explanation.MAX_EVIDENCE


def test_of_too_many_open_complaints_those_with_most_at_stake_are_published():
    statement = statement_of([make_purchase(CUSTOMER), *complaints(Severity.MINOR, 150), make_complaint(CUSTOMER)])
    (heaviest,) = [one for one in statement.score.seen.complaints if one.severity == Severity.MAJOR]
    published = statement.score.saved
    assert len(published) == MAX_COMPLAINTS
    assert published[0].complaint_id == heaviest.complaint_id
    assert len(statement_of([*complaints(Severity.MINOR, 80)]).score.saved) == 80
