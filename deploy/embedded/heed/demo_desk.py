"""Two hundred days of a complaint desk, drawn by a seed: a file of complaints with their histories. Pure.

The shop sells records by post: what goes wrong, how often and how it ends is invented, and the same for the same seed.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

JSON = dict[str, object]
DAYS = 200
COMPLAINTS = 1800
OPENS_AT, CLOSES_AT = 9, 18
SURGE_DAYS = (60, 45)
"""Days ago between which deliveries failed: a carrier was replaced."""
BACKLOG_DAYS, BACKLOG_SHARE = 30, 0.3
"""Of the complaints of the last days such a share was left after a few moves."""
AGENTS = {"ann": "Ann Meyer", "bo": "Bo Zhang", "chidi": "Chidi Okafor", "dana": "Dana Levi"}


@dataclass(frozen=True, slots=True)
class Trouble:
    """What goes wrong: how often, how gravely, and whose matter it is."""

    category: str
    weight: float
    texts: tuple[str, ...]
    cause: str
    responsibility: str
    grave: float
    """Share of major complaints; a fifth of them are critical."""
    products: tuple[str | None, ...] = (None,)


RECORDS = ("Kind of Blue", "OK Computer", "Goldberg Variations", "Buena Vista Social Club")
TROUBLES = (
    Trouble("product.scratched", 30, ("The record is scratched.", "Track three skips."), "poor_performance_or_fault",
            "supplier", 0.35, RECORDS),
    Trouble("delivery.late", 24, ("It should have been here last week.", "Still not here."),
            "poor_performance_or_fault", "intermediary", 0.3),
    Trouble("delivery.damaged", 13, ("The case is broken.",), "poor_performance_or_fault",
            "intermediary", 0.25, RECORDS),
    Trouble("service.unreachable", 10, ("Calls are not answered.",), "poor_performance_or_fault", "service", 0.5),
    Trouble("billing.double", 8, ("I was charged twice.",), "no_intended_effect", "sales", 0.8),
    Trouble("product.wrong_item", 6, ("Another record than ordered.",), "no_intended_effect", "sales", 0.2, RECORDS),
    Trouble("staff.rude", 4, ("The agent was rude.",), "distrust_of_seller", "service", 0.6),
    Trouble("product.not_as_described", 3, ("It is mono.",), "product_not_understood", "sales", 0.1, RECORDS),
    Trouble("other", 2, ("The newsletter cannot be cancelled.",), "beyond_scope", "service", 0.1),
)  # fmt: skip
RESOLUTIONS = {
    "product": "Sent another copy", "delivery": "Sent again by express", "billing": "Paid back",
    "service": "Called back and apologised", "staff": "Apologised", "other": "Corrected",
}  # fmt: skip


def lines(*, seed: int, until: datetime, customers: Sequence[str]) -> Iterator[bytes]:
    """Yield NDJSON for the import of complaints, in the order of their receipts."""
    random = Random(seed)  # noqa: S311 - a demo, drawn the same each time
    moments = sorted(_receipt(random, until) for _ in range(COMPLAINTS))
    unhappy = random.sample(list(customers), min(len(customers), COMPLAINTS * 2 // 3))
    for number, received_at in enumerate(moments):
        complaint = _complaint(random, number, received_at, customer=random.choice(unhappy), until=until)
        yield json.dumps(complaint).encode() + b"\n"


def _age(random: Random) -> float:
    """Return how many days ago a complaint was received; a sixth of all came while deliveries failed."""
    if random.random() < 1 / 6:
        return random.uniform(SURGE_DAYS[1], SURGE_DAYS[0])
    return random.uniform(0.05, DAYS)


def _receipt(random: Random, until: datetime) -> datetime:
    """Return when a complaint was received: four of five come in the hours of the desk."""
    moment = until - timedelta(days=_age(random))
    if random.random() < 0.8:
        morning = _in_hours(moment).replace(hour=OPENS_AT, minute=0)
        moment = morning + timedelta(hours=random.uniform(0, CLOSES_AT - OPENS_AT - 1))
    return min(moment, until - timedelta(minutes=random.uniform(5, 90)))


def _complaint(random: Random, number: int, received_at: datetime, *, customer: str, until: datetime) -> JSON:
    trouble = _trouble(random, age=(until - received_at).days)
    severity = ("critical" if random.random() < 0.2 else "major") if random.random() < trouble.grave else "minor"
    owner = random.choice(list(AGENTS))
    complaint = {
        "external_id": f"desk-{number}",
        "customer_external_id": customer,
        "channel": random.choices(("mail", "phone", "web", "chat"), (45, 30, 20, 5))[0],
        "category": trouble.category,
        "severity": severity,
        "description": random.choice(trouble.texts),
        "product": random.choice(trouble.products),
        "occurred_at": _text(received_at - timedelta(hours=random.uniform(1, 72))),
        "received_at": _text(received_at),
    }
    moves = _Life(random, trouble, received_at, until=until, owner=owner, severity=severity).moves()
    return complaint | ({"owner": owner, "transitions": moves} if moves else {})


def _trouble(random: Random, *, age: int) -> Trouble:
    """Return what went wrong; while deliveries failed it was mostly that."""
    if SURGE_DAYS[1] <= age <= SURGE_DAYS[0] and random.random() < 0.5:
        return TROUBLES[1]
    return random.choices(TROUBLES, [trouble.weight for trouble in TROUBLES])[0]


class _Life:
    """What happens to one complaint until now."""

    def __init__(
        self, random: Random, trouble: Trouble, received_at: datetime, *, until: datetime, owner: str, severity: str
    ) -> None:
        self._random, self._trouble, self._until, self._owner = random, trouble, until, owner
        self._at = received_at
        self._haste = {"critical": 0.4, "major": 0.8, "minor": 1.4}[severity]
        self._moves: list[JSON] = []
        is_recent = until - received_at < timedelta(days=BACKLOG_DAYS)
        self._most = random.randrange(6) if is_recent and random.random() < BACKLOG_SHARE else None

    def moves(self) -> list[JSON]:
        """Return the moves up to now; recent complaints are still in hand."""
        fate = self._random.random()
        if fate < 0.03:
            self._end("decline", "It was bought elsewhere")
        elif fate < 0.05:
            self._end("refer", "The carrier's insurance pays")
        elif fate < 0.07:
            self._end("withdraw", "It was found meanwhile")
        else:
            self._handle(again=False)
        return self._moves

    def _end(self, action: str, reason: str) -> None:
        self._move(action, hours=20, reason=reason)

    def _handle(self, *, again: bool) -> None:
        """Handle the complaint to its end: most are resolved at once, some after a reopening."""
        random, haste = self._random, self._haste
        if not again:
            self._move("accept", hours=0.3 * haste)
        if not again or random.random() < 0.5:
            self._move("contact", hours=0.5 * haste, answered_live=random.random() < 0.4)
            if random.random() < 0.6:
                self._promise()
            if random.random() < 0.15:
                self._move("wait_for_customer", hours=3, reason="A photograph is missing")
                self._move("resume", hours=40)
        resolution = RESOLUTIONS[self._trouble.category.partition(".")[0]]
        cause, unit = self._trouble.cause, self._trouble.responsibility
        self._move("complete", hours=26 * haste, resolution=resolution, cause=cause, responsibility=unit)
        self._call_back(again=again)

    def _promise(self) -> None:
        hours = self._random.choice((24, 48, 72)) * self._haste
        self._move("commit", hours=1.5 * self._haste, promise="A solution by then", due_in=hours)

    def _call_back(self, *, again: bool) -> None:
        random = self._random
        if random.random() < 0.3:
            self._move("confirm", hours=30, accepted=True)
        if random.random() < 0.75:
            solved = random.random() < (0.95 if again else 0.86)
            self._move("call_back", hours=40, by="quality", solved=solved, pleasant=random.random() < 0.8)
            if not solved and not again:
                self._move("reopen", hours=1, reason="It is not solved")
                return self._handle(again=True)
        self._move("close", hours=90)
        return None

    def _move(
        self, action: str, *, hours: float, by: str | None = None, due_in: float | None = None, **more: object
    ) -> None:
        """Make the move some hours later, in the hours of the desk, if that is not later than now."""
        if self._at > self._until or len(self._moves) == self._most:
            return
        self._at = _in_hours(self._at + timedelta(hours=self._random.expovariate(1 / hours)))
        if self._at > self._until:
            return
        if due_in is not None:
            more["promised_by"] = _text(self._at + timedelta(hours=due_in))
        self._moves.append({"action": action, "at": _text(self._at), "by": by or self._owner, **more})


def _in_hours(moment: datetime) -> datetime:
    """Return the moment, or the next morning on which the desk is open."""
    if moment.hour >= CLOSES_AT:
        moment = (moment + timedelta(days=1)).replace(hour=OPENS_AT)
    elif moment.hour < OPENS_AT:
        moment = moment.replace(hour=OPENS_AT)
    return moment + timedelta(days=(7 - moment.weekday()) if moment.weekday() > 4 else 0)


def _text(moment: datetime) -> str:
    return moment.isoformat()
