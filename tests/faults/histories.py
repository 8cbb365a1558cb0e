"""What happens to many customers, and how a broker that promises nothing would deliver it."""

import random
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from decimal import Decimal
from uuid import UUID

from heed_common.broker.partitioner import partition_of
from heed_common.broker.protocols import Message
from heed_common.contracts.complaint import (
    ComplaintAccepted,
    ComplaintAmended,
    ComplaintCompleted,
    ComplaintReopened,
    ComplaintStatus,
    Severity,
)
from heed_common.contracts.customer import InteractionRecorded, ReferralRecorded
from heed_common.contracts.event import Event
from tests.common.broker_fixtures import as_message
from tests.scoring.factories import (
    NOON,
    make_complaint,
    make_merge,
    make_purchase,
    make_registration,
    make_response,
    make_return,
    make_unmerge,
)

Versioned = tuple[Event, int]


def make_history(*, events: int, seed: int) -> list[Message]:
    """So many events of as many customers as they need, in the order in which they happened."""
    chance = random.Random(seed)
    messages: list[Message] = []
    while len(messages) < events:
        life = list(_life(chance))
        messages += [as_message(event, event_id=_id(chance), aggversion=version) for event, version in life]
    return messages[:events]


def shuffled(history: Sequence[Message], *, duplicates: float, seed: int) -> list[Message]:
    """The same events in any order, and some of them twice."""
    chance = random.Random(seed)
    delivered = [*history, *chance.sample(history, int(len(history) * duplicates))]
    chance.shuffle(delivered)
    return delivered


def closing_events(*, partitions: int) -> list[Message]:
    """One for the end of each partition: a reader that has seen them all has read everything."""
    chance = random.Random(0)
    makers: list[Callable[[UUID], Event]] = [make_registration, make_complaint, make_response]
    keys: dict[int, UUID] = {}
    while len(keys) < partitions:
        customer_id = _id(chance)
        keys[partition_of(str(customer_id).encode(), partitions)] = customer_id
    return [as_message(make(customer_id), event_id=_id(chance)) for make in makers for customer_id in keys.values()]


def _life(chance: random.Random) -> Iterator[Versioned]:
    """One customer: buys, brings back, complains, answers; some turn out to be two who are one, some of these two."""
    customer_id = _id(chance)
    yield from _deeds(chance, customer_id)
    if chance.random() < 0.1:
        duplicate = _id(chance)
        yield from _deeds(chance, duplicate)
        yield make_merge(duplicate, customer_id), 2
        if chance.random() < 0.3:
            yield make_unmerge(duplicate, customer_id), 3


def _deeds(chance: random.Random, customer_id: UUID) -> Iterator[Versioned]:
    yield make_registration(customer_id), 1
    for _ in range(chance.randint(2, 9)):
        purchase = make_purchase(
            customer_id,
            purchase_id=_id(chance),
            days_ago=chance.randint(0, 500),
            gross=f"{chance.randint(1, 99_999)}.{chance.randint(0, 9999):04}",
            currency=chance.choice(["USD", "USD", "USD", "EUR"]),
            margin_estimated=chance.random() < 0.2,
        )
        yield purchase, 1
        if chance.random() < 0.2:
            yield make_return(purchase, return_id=_id(chance)), 2
    if chance.random() < 0.5:
        yield from _complaint(chance, customer_id)
    if chance.random() < 0.4:
        yield make_response(customer_id, response_id=_id(chance), level=chance.randint(1, 5)), 1
    yield from _touches(chance, customer_id)


def _complaint(chance: random.Random, customer_id: UUID) -> Iterator[Versioned]:
    opened = make_complaint(customer_id, complaint_id=_id(chance), severity=chance.choice(list(Severity)))
    state = opened.model_dump()
    yield opened, 1
    state |= {"state": ComplaintStatus.ACCEPTED}
    yield ComplaintAccepted(**state), 2
    if chance.random() < 0.2:
        state |= {"customer_id": _id(chance), "former_customer_ids": (customer_id,)}
        yield ComplaintAmended(**state, changed=("customer_id",)), 3
    state |= {"state": ComplaintStatus.COMPLETED, "completed_at": NOON, "within_target": chance.random() < 0.5}
    yield ComplaintCompleted(**state), 4
    if chance.random() < 0.2:
        yield ComplaintReopened(**(state | {"state": ComplaintStatus.ACCEPTED, "completed_at": None})), 5


def _touches(chance: random.Random, customer_id: UUID) -> Iterator[Versioned]:
    at = NOON - timedelta(days=chance.randint(0, 300))
    if chance.random() < 0.5:
        interaction_id, cost = _id(chance), Decimal(chance.randint(0, 500)) / 100
        yield (
            InteractionRecorded(
                occurred_at=at, customer_id=customer_id, interaction_id=interaction_id, kind="call", channel="phone",
                currency="USD", cost=cost,
            ),
            1,
        )  # fmt: skip
    if chance.random() < 0.2:
        yield ReferralRecorded(occurred_at=at, customer_id=customer_id, referral_id=_id(chance)), 1


def _id(chance: random.Random) -> UUID:
    return UUID(int=chance.getrandbits(128), version=4)
