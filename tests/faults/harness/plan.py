"""Which faults happen, in which order and how hard, all from one seed. Pure."""

import random
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum


class FaultKind(StrEnum):
    KILL_PRODUCT = "kill product"
    FREEZE_PRODUCT = "freeze product"
    KILL_POSTGRESQL = "kill postgresql"
    KILL_BACKEND = "kill backend"
    KILL_PRODUCT_AND_BACKEND = "kill product and backend"
    FREEZE_POSTGRESQL = "freeze postgresql"
    STALL_POSTGRESQL = "stall postgresql"
    KILL_KAFKA = "kill kafka"
    FREEZE_KAFKA = "freeze kafka"
    FILL_DISK = "fill disk"
    JUMP_AHEAD = "jump ahead"
    JUMP_BACK = "jump back"
    SLOW_CLIENTS = "slow clients"
    STALLED_CLIENTS = "stalled clients"
    RESTORE = "restore"
    POISON_ROW = "poison row"
    POISON_EVENTS = "poison events"


class Bus(StrEnum):
    EMBEDDED = "embedded"
    KAFKA = "kafka"


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault: `pause` seconds of undisturbed load before it, then `amount` of it."""

    kind: FaultKind
    pause: float
    amount: float
    """Seconds for a freeze, a full disk, slow clients and what a restore undoes, minutes for a jump, or a variant."""


@dataclass(frozen=True, slots=True)
class Stage:
    """A product with a data directory of its own, and the faults that it meets in its life."""

    bus: Bus
    faults: tuple[Fault, ...]


WEIGHTS: Mapping[Bus, Mapping[FaultKind, int]] = {
    Bus.EMBEDDED: {
        FaultKind.KILL_PRODUCT: 7,
        FaultKind.FREEZE_PRODUCT: 5,
        FaultKind.KILL_POSTGRESQL: 3,
        FaultKind.KILL_BACKEND: 5,
        FaultKind.KILL_PRODUCT_AND_BACKEND: 2,
        FaultKind.FREEZE_POSTGRESQL: 4,
        FaultKind.STALL_POSTGRESQL: 0,
        FaultKind.FILL_DISK: 1,
        FaultKind.JUMP_AHEAD: 4,
        FaultKind.JUMP_BACK: 3,
        FaultKind.SLOW_CLIENTS: 2,
        FaultKind.STALLED_CLIENTS: 0,
        FaultKind.RESTORE: 1,
        FaultKind.POISON_ROW: 2,
        FaultKind.POISON_EVENTS: 2,
    },
    Bus.KAFKA: {
        FaultKind.KILL_PRODUCT: 3,
        FaultKind.KILL_KAFKA: 3,
        FaultKind.FREEZE_KAFKA: 3,
        FaultKind.KILL_BACKEND: 2,
        FaultKind.POISON_EVENTS: 1,
    },
}
"""How often each is chosen, beyond the once that every stage meets it."""
# To stall is to last longer than the 30 seconds for which a request waits for a connection to its database.
AMOUNTS: Mapping[FaultKind, tuple[float, float]] = {
    FaultKind.FREEZE_PRODUCT: (0.2, 2.0),
    FaultKind.FREEZE_POSTGRESQL: (0.2, 4.0),
    FaultKind.FREEZE_KAFKA: (0.5, 5.0),
    FaultKind.KILL_KAFKA: (0.1, 2.0),
    FaultKind.FILL_DISK: (1.0, 3.0),
    FaultKind.SLOW_CLIENTS: (1.0, 4.0),
    FaultKind.RESTORE: (0.5, 2.0),
    FaultKind.STALL_POSTGRESQL: (31.0, 35.0),
    FaultKind.STALLED_CLIENTS: (31.0, 35.0),
    FaultKind.JUMP_AHEAD: (1, 600),
    FaultKind.JUMP_BACK: (1, 240),
}
PAUSES = (0.2, 1.2)
MAX_STAGE = 120
"""Faults in one life: a longer one would make the final check longer than the faults."""
MAX_DRIFT_MINUTES = 12 * 24 * 60
"""Two days before the silence timer closes what a customer left unanswered: the load expects no such moves."""
MAX_POISON_EVENTS = 3
"""In one life: from twenty dead letters in a row on, a consumer stops for good, as it should."""
KAFKA_SHARE = 5
"""One fault in so many happens on Kafka."""


def make_plan(
    *, seed: int, faults: int, kafka: bool, impossible: Container[FaultKind] = frozenset()
) -> tuple[Stage, ...]:
    """Return the stages of a run; the same arguments give the same plan. What is impossible here is replaced."""
    chance = random.Random(f"faults {seed}")
    on_kafka = max(faults // KAFKA_SHARE, len(WEIGHTS[Bus.KAFKA])) if kafka else 0
    stages = [
        Stage(Bus.EMBEDDED, _choose(chance, Bus.EMBEDDED, size, impossible)) for size in _sizes(faults - on_kafka)
    ]
    stages += [Stage(Bus.KAFKA, _choose(chance, Bus.KAFKA, size, impossible)) for size in _sizes(on_kafka)]
    return tuple(stages)


def _sizes(faults: int) -> Iterator[int]:
    """Spread the faults evenly over as few stages as may hold them."""
    stages = -(-faults // MAX_STAGE)
    for number in range(stages):
        yield faults * (number + 1) // stages - faults * number // stages


def _choose(chance: random.Random, bus: Bus, size: int, impossible: Container[FaultKind]) -> tuple[Fault, ...]:
    weights = WEIGHTS[bus]
    kinds = list(weights)[:size]
    kinds += chance.choices(list(weights), list(weights.values()), k=size - len(kinds))
    kinds = _limited(kinds, impossible)
    chance.shuffle(kinds)
    faults = [Fault(kind, _between(chance, PAUSES), _between(chance, AMOUNTS.get(kind, (0, 1)))) for kind in kinds]
    return tuple(_within_drift(faults))


def _limited(kinds: Sequence[FaultKind], impossible: Container[FaultKind]) -> list[FaultKind]:
    """Replace what is impossible, and the poisonous events that are too many."""
    limited: list[FaultKind] = []
    for kind in kinds:
        is_one_too_many = kind is FaultKind.POISON_EVENTS and limited.count(kind) >= MAX_POISON_EVENTS
        limited.append(FaultKind.KILL_BACKEND if is_one_too_many or kind in impossible else kind)
    return limited


def _within_drift(faults: Sequence[Fault]) -> Iterator[Fault]:
    """Turn the jumps ahead that would lead too far into jumps back."""
    drift = 0.0
    for fault in faults:
        if fault.kind is FaultKind.JUMP_AHEAD and drift + fault.amount > MAX_DRIFT_MINUTES:
            yield Fault(FaultKind.JUMP_BACK, fault.pause, fault.amount)
            drift -= fault.amount
            continue
        drift += {FaultKind.JUMP_AHEAD: fault.amount, FaultKind.JUMP_BACK: -fault.amount}.get(fault.kind, 0.0)
        yield fault


def _between(chance: random.Random, limits: tuple[float, float]) -> float:
    return round(chance.uniform(*limits), 3)
