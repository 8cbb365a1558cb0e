"""The published numbers, documents and events of thousands of customers are those of earlier releases, to the letter.

A change of the engine that is meant to change numbers raises its revision, and these digests:
`python -m tests.scoring.scores.test_golden_scores`.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from uuid import UUID

import pytest

from heed_measures.churn_classifier import FEATURES, ClassifierParameters
from heed_measures.gamma_gamma import GammaGammaParameters
from heed_scoring.engine.features.features import features
from heed_scoring.engine.model import PRIOR, Calibrated, Model, Population, ReferenceYear, prior
from heed_scoring.engine.money import Money
from heed_scoring.engine.score import Score, score
from heed_scoring.ledger.entry import LedgerRow
from heed_scoring.ledger.facts import fold
from heed_scoring.scores import score_document, score_events
from heed_scoring.scores.score_document import Cause, ScoreStatement
from tests.scoring.factories import NOON
from tests.scoring.random_ledgers import DAY, in_blocks, random_ledgers

DIGESTS = Path(__file__).parent / "golden" / "scores.json"
CUSTOMERS, BLOCK, SEED = 2_000, 200, 74
RATES = {"JPY": "0.0066", "KWD": "3.2575"}
DOLLARS = Money("USD", RATES, fixed_marketing_cost="12.50", complaint_cost="7")
STANDARD = ReferenceYear(current=200.0, gross_profit=220.0, purchase_days=4.0, service_cost=10.0)
FITTED = Model(
    "bg_nbd", PRIOR, GammaGammaParameters(6.2, 3.7, 15.4), DOLLARS, population=Population(900, 400, STANDARD)
)
CLASSIFIER = ClassifierParameters(
    features=tuple(FEATURES),
    lowest=(-4.0, 0.0, 0.0, 0.0, 0.0, 0.0), highest=(6.0, 5.0, 5.0, 4.0, 5.0, 9.0),
    centre=(0.5, 2.5, 3.0, 1.0, 2.0, 4.0), scale=(1.5, 1.0, 1.0, 0.8, 1.5, 1.2),
    weights=(0.7, 0.4, 0.1, -0.5, -0.2, -0.1), intercept=0.2,
    predicted=(0.0, 0.3, 0.8, 1.0), observed=(0.0, 0.2, 0.9, 1.0),
)  # fmt: skip
MODELS = {
    "before the first fit": prior(Money()),
    "without decimals": prior(Money("JPY", {"USD": "151.3", "KWD": "490"})),
    "with three decimals": prior(Money("KWD", {"USD": "0.307"})),
    "fitted to few": replace(FITTED, population=Population(150, 30, STANDARD)),
    "fitted": FITTED,
    "learned from outcomes": replace(FITTED, calibrated=Calibrated(PRIOR, CLASSIFIER)),
}
CAUSE = Cause("heed.purchase.recorded.v1", str(UUID(int=9)))


@pytest.mark.parametrize("name", MODELS)
def test_the_scores_of_random_customers_are_those_of_earlier_releases(name):
    stored = json.loads(DIGESTS.read_text())
    assert len(stored[name]) == CUSTOMERS // BLOCK
    assert digests(MODELS[name]) == stored[name]


def digests(model: Model) -> list[str]:
    """Return one digest for each block of customers, over what callers and subscribers see of their scores."""
    ledgers = list(random_ledgers(CUSTOMERS, seed=SEED))
    return [_digest(published(block, model)) for block in in_blocks(ledgers, BLOCK)]


def published(ledgers: Sequence[Sequence[LedgerRow]], model: Model) -> Iterator[str]:
    """Yield the numbers, the document and the event of each score; each customer had the numbers of the one before."""
    seen = [features(fold(rows), day=DAY, money=model.money) for rows in ledgers]
    before: Mapping[str, object] | None = None
    for index, result in enumerate(score(seen, model)):
        numbers = score_document.serialize_numbers(result)
        yield numbers
        yield from _written(result, UUID(int=index), numbers, model, before)
        before = json.loads(numbers)


def _written(
    result: Score, customer_id: UUID, numbers: str, model: Model, before: Mapping[str, object] | None
) -> Iterator[str]:
    statement = ScoreStatement(result, result.explanation(), customer_id, NOON, model.version, CAUSE)
    stored = score_document.serialize(statement, numbers, previous=before)
    yield json.dumps(score_document.parse(customer_id, stored, at=NOON))
    yield score_events.score_changed(statement, version=7).data


def _digest(texts: Iterator[str]) -> str:
    return sha256("\n".join(texts).encode()).hexdigest()[:16]


if __name__ == "__main__":
    DIGESTS.parent.mkdir(exist_ok=True)
    DIGESTS.write_text(json.dumps({name: digests(model) for name, model in MODELS.items()}, indent=1) + "\n")
