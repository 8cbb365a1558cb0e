"""Purchases as most callers send them are read and published without models, and callers see no difference."""

import json
from collections import Counter
from datetime import UTC, datetime
from decimal import Decimal
from random import Random
from uuid import uuid4

import pytest
from pydantic import ValidationError

from heed_common import strict_json
from heed_common.contracts.customer import PurchaseRecorded
from heed_common.identifiers import new_id
from heed_customer.commerce.purchases import repository, rules, service
from heed_customer.commerce.purchases.rules import NewPurchase, RecordedPurchase
from heed_customer.commerce.purchases.schemas import PurchaseIn, parse_purchase, read_plain
from tests.customer.commerce.purchases.documents import ODD, random_documents
from tests.customer.factories import make_line, make_purchase
from tests.examples import seeds

DOCUMENTS = 2000
"""Of each seed: 100,000 in all."""
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def by_the_schema(document: object) -> NewPurchase | None:
    try:
        return PurchaseIn.model_validate(document).to_domain()
    except ValidationError:
        return None


def recorded(purchase: NewPurchase) -> RecordedPurchase:
    priced = rules.price_purchase(purchase, default_margin=Decimal("0.3"), purchase_id=new_id(), event_id=new_id())
    return rules.to_recorded(priced, customer_id=purchase.customer_id or uuid4(), now=NOON)


def by_the_contract(purchase: RecordedPurchase) -> PurchaseRecorded:
    return PurchaseRecorded(
        occurred_at=purchase.occurred_at, customer_id=purchase.customer_id, purchase_id=purchase.id, kind=purchase.kind,
        currency=purchase.currency, units=purchase.units, gross=purchase.gross, margin=purchase.margin,
        margin_estimated=purchase.margin_estimated, categories=rules.categories(purchase.lines),
        products=rules.products(purchase.lines), service_point_id=purchase.service_point_id,
        external_id=purchase.external_id,
    )  # fmt: skip


@pytest.mark.parametrize("seed", seeds(50, quick=1))
def test_what_is_read_without_the_schema_is_what_the_schema_reads(seed):
    outcomes = Counter()
    for document in random_documents(seed, number=DOCUMENTS):
        plain, expected = read_plain(document), by_the_schema(document)
        # Texts compare the digits of decimals and the zone of moments, too.
        assert plain is None or repr(plain) == repr(expected), document
        outcomes["plain" if plain else "valid" if expected else "invalid"] += 1
    assert min(outcomes["plain"], outcomes["invalid"]) > DOCUMENTS / 5
    assert outcomes["valid"] > DOCUMENTS / 40


@pytest.mark.parametrize("seed", seeds(50, quick=1))
def test_the_event_is_written_as_its_contract_serializes_it(seed):
    written = 0
    for purchase in map(by_the_schema, random_documents(seed, number=DOCUMENTS)):
        if purchase is None:
            continue
        stored = recorded(purchase)
        event = service.purchase_recorded(stored, origin=None)
        contract = by_the_contract(stored)
        assert event.data == contract.model_dump_json()
        assert (event.subject, event.key, event.kind) == (str(contract.subject), str(contract.key), type(contract))
        written += 1
    assert written > DOCUMENTS / 3


@pytest.mark.parametrize("seed", seeds(50, quick=1))
def test_stored_lines_are_read_back_to_the_last_digit(seed):
    written = 0
    for purchase in map(by_the_schema, random_documents(seed, number=DOCUMENTS)):
        if purchase is not None:
            lines = recorded(purchase).lines
            read = map(repository.line_from_json, json.loads(repository.lines_to_json(lines)))
            assert repr(tuple(read)) == repr(lines)
            written += len(lines)
    assert written > DOCUMENTS / 3


@pytest.mark.parametrize("seed", seeds(50, quick=1))
def test_of_a_member_that_is_there_twice_the_last_one_counts_for_both(seed):
    random, read = Random(seed), 0
    for document in random_documents(seed, number=DOCUMENTS):
        if not isinstance(document, dict) or not document:
            continue
        name = random.choice(list(document))
        first = json.dumps({name: random.choice(ODD[:12])})[:-1]
        try:
            body = f"{first}, {json.dumps(document)[1:]}".encode()
        except TypeError:
            continue  # It holds bytes, which no JSON has.
        try:
            parsed = strict_json.loads(body)
        except (strict_json.NotJSON, strict_json.UnstorableText):
            continue
        assert repr(read_plain(parsed)) in {"None", repr(by_the_schema(parsed))}
        read += read_plain(parsed) is not None
    assert read > DOCUMENTS / 5


@pytest.mark.parametrize(
    "changed",
    [
        {}, {"kind": "service"}, {"service_point_id": "商店 1"}, {"occurred_at": "2026-03-01T10:00:00.5+08:00"},
        {"lines": [make_line(quantity=2, unit_price=9.99, unit_cost=None)]}, {"lines": [make_line()] * 200},
    ],
)  # fmt: skip
def test_usual_purchases_do_not_need_the_schema(changed):
    assert read_plain(make_purchase(customer_id=str(new_id())) | changed) is not None
    assert read_plain(make_purchase(customer_external_id="c-1") | changed) is not None


def test_what_the_plain_reader_leaves_is_read_or_described_by_the_schema():
    unusual = make_purchase(customer_id=str(new_id()).upper(), occurred_at="2016-12-31 23:59:60Z")
    assert read_plain(unusual) is None
    assert parse_purchase(unusual) == by_the_schema(unusual)
    with pytest.raises(ValidationError):
        parse_purchase(make_purchase(customer_id="none"))
