"""Scores are written as text by hand: they are what the contracts' own classes would have written, for any customer."""

import json
from decimal import Decimal
from fractions import Fraction
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from heed_common import outbox
from heed_common.broker.protocols import Record
from heed_common.contracts.event import Envelope
from heed_common.contracts.scoring import ScoreChanged
from heed_common.decoding import decode
from heed_common.outbox import SerializedEvent
from heed_common.trace import trace_context
from heed_scoring.engine import decimal_text
from heed_scoring.engine.features.features import features
from heed_scoring.engine.model import HORIZON_DAYS, prior
from heed_scoring.engine.money import Money
from heed_scoring.engine.score import score
from heed_scoring.explain.render import render
from heed_scoring.ledger.facts import fold
from heed_scoring.models.versions.interval import NOT_STORED, with_intervals
from heed_scoring.scores import score_document, score_events
from heed_scoring.scores.schemas import ScoreOut
from heed_scoring.scores.score_document import TIME_PASSED, Cause, ScoreStatement
from tests.examples import examples
from tests.scoring.engine.test_score import FITTED
from tests.scoring.factories import NOON
from tests.scoring.ledger.test_facts import CUSTOMER, ledgers

models = st.sampled_from([prior(Money()), prior(Money("JPY", {"USD": "151.3"})), FITTED])
causes = st.sampled_from([TIME_PASSED, Cause("heed.complaint.opened.v1", str(UUID(int=9)))])


def statement_of(rows, model, cause):
    result = score([features(fold(rows), day=NOON.date(), money=model.money)], model)[0]
    return ScoreStatement(result, result.explanation(), CUSTOMER, NOON, model.version, cause)


def slowly(statement, before):
    """The score as objects, each value on its own."""
    score, value = statement.score, statement.score.value
    loyalty, risk = score.loyalty, score.risk

    def number(text):
        return None if text is None else float(text)

    return {
        "customer_id": str(statement.customer_id),
        "as_of": "2026-03-02T12:00:00.000000Z",
        "model_version": statement.model_version,
        "value": {
            "amount": value.amount,
            "currency": score.currency,
            "current": value.current,
            "potential": value.potential,
            "tier": value.tier,
            "method": value.method,
        },
        "loyalty": {
            "index": number(loyalty.points),
            "class": loyalty.loyalty_class,
            "behaviour": number(loyalty.behaviour),
            "attitude": number(loyalty.attitude),
            "coverage": number(loyalty.coverage),
        },
        "churn_risk": {
            "probability": number(risk.probability),
            "horizon_days": HORIZON_DAYS,
            "band": risk.band,
            "reason": risk.reason,
            "motives": list(risk.motives),
            "barriers": list(risk.barriers),
        },
        "lifecycle": {"stage": score.lifecycle.stage, "reason": score.lifecycle.reason},
        "complaints": [
            {
                "complaint_id": one.complaint_id,
                "risk_if_resolved_quickly": number(one.risk_if_resolved_quickly),
                "risk_if_unresolved": number(one.risk_if_unresolved),
                "expected_value_saved": {"amount": one.expected_value_saved, "currency": score.currency},
            }
            for one in score.saved
        ],
        "value_at_risk": {"amount": value.at_risk, "currency": score.currency},
        "coverage": {"currencies_left_out": list(score.seen.unknown_currencies)},
        "explanation": [
            {
                "score": factor.score,
                "factor": factor.factor,
                "seen": list(factor.seen),
                "contribution": factor.contribution if factor.score == "value" else float(factor.contribution),
                "evidence": list(factor.evidence),
            }
            for factor in statement.explanation.factors()
        ],
        "caused_by": {"type": "time"}
        if statement.cause is TIME_PASSED
        else {"type": statement.cause.type, "event_id": statement.cause.event_id},
        "previous": before
        and {
            "churn_risk": before["churn_risk"]["probability"],
            "loyalty": before["loyalty"]["index"],
            "value": before["value"]["amount"],
        },
    }


@given(ledgers(), models, causes, st.booleans())
@examples(80)
def test_a_stored_document_is_the_score_in_the_shape_of_the_contract(rows, model, cause, again):
    statement = statement_of(rows, model, cause)
    numbers = score_document.serialize_numbers(statement.score)
    before = score_document.parse_numbers(numbers) if again else None
    read = score_document.parse(CUSTOMER, score_document.serialize(statement, numbers, previous=before), at=NOON)
    assert read == slowly(statement, before)
    assert {name: read[name] for name in json.loads(numbers)} == json.loads(numbers)
    ScoreOut.model_validate(render(with_intervals(read, NOT_STORED), "zh"))


@given(ledgers(), models, causes)
@examples(80)
def test_the_event_is_to_the_letter_what_the_contract_would_serialize(rows, model, cause):
    statement = statement_of(rows, model, cause)
    written = score_events.score_changed(statement, version=7)
    event = ScoreChanged.model_validate_json(written.data)
    assert event.model_dump_json() == written.data
    value, risk = statement.score.value, statement.score.risk
    assert (event.value.amount, event.value_at_risk) == (Decimal(value.amount), Decimal(value.at_risk))
    assert event.churn_risk.probability == Decimal(risk.probability)
    assert [(part.score, part.factor, part.contribution) for part in event.explanation] == [
        (factor.score, factor.factor, Decimal(factor.contribution)) for factor in statement.explanation.factors()
    ]
    assert [tuple(map(str, part.evidence)) for part in event.explanation] == [
        factor.evidence for factor in statement.explanation.factors()
    ]


@given(ledgers(), st.booleans())
@examples(20)
def test_the_envelope_around_it_is_read_as_any_other(rows, traced):
    written = score_events.score_changed(statement_of(rows, FITTED, TIME_PASSED), version=7)
    caused = SerializedEvent(ScoreChanged, written.subject, written.key, written.data, 7, str(UUID(int=3)))
    with trace_context(f"00-{'a' * 32}-{'b' * 16}-01") if traced else trace_context(None):
        payload = outbox._payload(outbox._envelope_prefix(ScoreChanged, now=NOON), caused, epoch=2).encode()
    envelope = Envelope.model_validate_json(payload, strict=True)
    received = decode(Record("heed.scoring", 0, 0, None, payload))
    assert envelope.data == json.loads(written.data)
    assert (received.id, received.causation, received.time) == (UUID(caused.id), UUID(int=3), NOON)
    assert received.aggversion == (2 << 32) + 7
    assert received.event.model_dump_json() == written.data
    assert not traced or received.traceparent == f"00-{'a' * 32}-{'b' * 16}-01"


@given(st.text(max_size=20))
def test_a_currency_of_whatever_letters_leaves_the_text_readable(letters):
    statement = statement_of([], FITTED, TIME_PASSED)
    statement.score.seen.unknown_currencies = (letters,)
    read = score_document.parse(
        CUSTOMER,
        score_document.serialize(statement, score_document.serialize_numbers(statement.score), previous=None),
        at=NOON,
    )
    assert read["coverage"] == {"currencies_left_out": [letters]}


@given(st.integers(-(10**30), 10**30), st.integers(0, 6))
def test_what_is_printed_is_the_number_with_all_its_digits(units, digits):
    text = decimal_text.amount(units, digits)
    assert Fraction(text) == Fraction(decimal_text.number(units, max(digits, 1))) * 10 ** (max(digits, 1) - digits)
    assert Fraction(text) == Fraction(units, 10**digits)
    assert len(text.partition(".")[2]) == digits


@given(st.integers(-(10**6), 10**6))
def test_a_probability_is_printed_without_an_exponent(millionths):
    assert decimal_text.probability(millionths) == decimal_text.number(millionths, 6)


@given(st.integers(-(10**20), 10**20), st.sampled_from([1, 10, 100, 10**4, 10**6]))
def test_halves_go_to_the_even_neighbour(units, divisor):
    exact = Decimal(units) / Decimal(divisor)
    assert decimal_text.half_even(units, divisor) == int(exact.to_integral_value(rounding="ROUND_HALF_EVEN"))


@given(ledgers(), models, causes)
@examples(40)
def test_history_of_earlier_releases_with_factors_as_texts_is_read_as_it_was(rows, model, cause):
    statement = statement_of(rows, model, cause)
    stored = json.loads(
        score_document.serialize(statement, score_document.serialize_numbers(statement.score), previous=None)
    )
    evidence = [tuple(events) for events in stored["evidence"]]
    stored["explanation"] = [
        [factor.score, factor.factor, list(factor.seen), factor.contribution, evidence.index(factor.evidence)]
        for factor in statement.explanation.factors()
    ]
    read = score_document.parse(CUSTOMER, json.dumps(stored), at=NOON)
    assert read == slowly(statement, None)
