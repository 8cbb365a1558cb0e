"""Random documents of purchases: usual ones, valid ones in less usual forms, and invalid ones."""

from collections.abc import Iterator
from copy import deepcopy
from random import Random
from typing import Any
from uuid import UUID

from tests.customer.factories import make_line

TEXTS = (
    "kettle", "商店 1", "Crème brûlée", "a" * 64, "b" * 65, "c" * 100, "d" * 101, "e" * 200, "f" * 201, "😀" * 100, "",
    " ", "\t", " kettle", "kettle ", "\u00a0x", "x\u3000", "a\tb", "a\nb", "\x1f", "a\x1fb", "\x1e", "\x7f",
    "\x85x", "\u200b", "a\u200bb", "\u3164", "\u2800", "\u034f", "\ufe0f", "\u202ex", "\x00", "a\x00b", "\ud800",
    "a\udfffb", '"quoted"', "back\\slash", "</script>", "\u2028", "ﬁ", "İ", "ß", "٣", "NaN", "null", "\U000e0041",
    "\U0010ffff", "e\u0301",
)  # fmt: skip
NUMBERS = (
    "1", "2.5", "0.001", "0.0010", "1.50", "007", "000001", "1000000", "1000000.0", "1000000.001", "999999.999",
    "999999999.9999", "1000000000", "0.0001", "0.00001", "0", "0.0", "0.000", "-1", "-0", "+1", "1.", ".5", "1e3",
    "1E-2", " 1", "1 ", "1\n", "1_000", "1,5", "٣", "１", "NaN", "Infinity", "-Infinity", "0x10", "", "1.2345",
    "1.23456", 1, 0, -1, 7, 10**6, 10**6 + 1, 10**9, 10**30, 10**400, 1.5, 9.99, 0.1 + 0.2, 1e-5, 1e6, 1e22, 0.0,
    -0.0, 1.0, 2.50,
)  # fmt: skip
MOMENTS = (
    "2026-03-01T10:00:00Z", "2026-03-01T10:00:00.123456Z", "2026-03-01T10:00:00.1+08:00",
    "2026-03-01T23:59:59-23:59", "2024-02-29T00:00:00Z", "2026-02-29T00:00:00Z", "2026-02-30T00:00:00Z",
    "2026-13-01T00:00:00Z", "1000-01-01T00:00:00+23:59", "2999-12-31T23:59:59.999999-23:59", "0001-01-01T00:00:00Z",
    "0002-01-01T00:00:00Z", "9998-12-31T23:59:59Z", "9999-01-01T00:00:00Z", "2016-12-31T23:59:60Z",
    "2016-12-31T23:59:60.5Z", "2026-03-01T10:00:60Z", "2026-03-01T24:00:00Z", "2026-03-01T10:00:00+24:00",
    "2026-03-01T10:00:00+05:60", "2026-03-01t10:00:00z", "2026-03-01 10:00:00Z", "2026-03-01T10:00:00",
    "2026-03-01T10:00Z", "2026-03-01T10:00:00.1234567Z", "2026-03-01T10:00:00,5Z", "2026-03-01T10:00:00.Z",
    "2026-03-01T10:00:00-00:00", "2026-03-01", "20260301T100000Z", "2026-W09-7T10:00:00Z", "２０２６-03-01T10:00:00Z",
    "2026-03-01T10:00:00Z\n", "1772359200", "", "now", 1772359200, 1772359200.5, 0,
)  # fmt: skip
CURRENCIES = ("USD", "CNY", "EUR", "JPY", "DEM", "HRK", "usd", "US", "XXX", "XXQ", "", "USD ", "ＵＳＤ")
KINDS = ("goods", "service", "Goods", "other", "", "GOODS")
IDS = (
    "0190163d-8694-739b-aea5-966c26f8ad91", "0190163D-8694-739B-AEA5-966C26F8AD91",
    "0190163d8694739baea5966c26f8ad91", "{0190163d-8694-739b-aea5-966c26f8ad91}",
    "urn:uuid:0190163d-8694-739b-aea5-966c26f8ad91", "00000000-0000-0000-0000-000000000000",
    "0190163d-8694-739b-aea5-966c26f8ad9", "0190163d-8694-739b-aea5-966c26f8ad9g",
    "0190163d-869-4739b-aea5-966c26f8ad91", "x", "",
)  # fmt: skip
ODD = (None, True, False, [], {}, [1], {"a": 1}, 0, 1, 1.5, "", "x", b"x", (), "goods", [[]], {"sku": "a"})
VALUES = {
    "external_id": TEXTS, "customer_id": IDS, "customer_external_id": TEXTS, "kind": KINDS, "occurred_at": MOMENTS,
    "currency": CURRENCIES, "service_point_id": TEXTS, "sku": TEXTS, "category": TEXTS, "quantity": NUMBERS,
    "unit_price": NUMBERS, "unit_cost": NUMBERS,
}  # fmt: skip
LINE = ("sku", "category", "quantity", "unit_price", "unit_cost")


def usual_document(random: Random) -> dict[str, Any]:
    """A purchase as a till or a shop sends it."""
    day, number = random.randrange(1, 29), random.randrange(10_000)
    document: dict[str, Any] = {
        "external_id": f"till-{number}",
        "occurred_at": f"2026-02-{day:02}T{random.randrange(24):02}:15:00{random.choice(['Z', '+08:00', '.250000Z'])}",
        "currency": random.choice(["USD", "CNY", "JPY"]),
        "lines": [usual_line(random) for _ in range(random.choice([1, 1, 1, 2, 3]))],
    }
    if random.random() < 0.5:
        document["customer_id"] = str(UUID(int=random.getrandbits(128)))
    else:
        document["customer_external_id"] = f"顾客-{number}"
    if random.random() < 0.3:
        document |= {"kind": random.choice(["goods", "service"]), "service_point_id": "商店 1"}
    return document


def usual_line(random: Random) -> dict[str, Any]:
    cents = random.randrange(10**6)
    line = {
        "sku": f"s-{random.randrange(100)}",
        "category": random.choice(["音乐", "music"]),
        "quantity": random.choice(["1", 2, "0.5"]),
        "unit_price": random.choice([f"{cents / 100:.2f}", cents, cents / 100]),
    }
    return line | random.choice([{}, {"unit_cost": None}, {"unit_cost": "3.10"}])


def make_odd(random: Random, document: dict[str, Any]) -> None:
    """Change one thing, so that it is still usual, valid in a less usual way, or invalid."""
    lines = document.get("lines")
    line = random.choice(lines) if isinstance(lines, list) and lines else None
    place = line if isinstance(line, dict) and random.random() < 0.5 else document
    names = LINE if place is line else tuple(name for name in VALUES if name not in LINE)
    name, change = random.choice(names), random.random()
    if change < 0.7:
        place[name] = random.choice(VALUES[name])
    elif change < 0.8:
        place[name] = odd_value(random)
    elif change < 0.88:
        place.pop(name, None)
    elif change < 0.94:
        place[random.choice(["colour", "Kind", "id", ""])] = odd_value(random)
    else:
        document["lines"] = random.choice(
            [odd_value(random), many_lines(random), [usual_line(random), odd_value(random)]]
        )


def odd_value(random: Random) -> object:
    """A copy, because it may be changed as part of a document."""
    return deepcopy(random.choice(ODD))


def many_lines(random: Random) -> list[dict[str, Any]]:
    number, categories = random.choice([(200, 200), (201, 200), (201, 201), (1000, 3), (1001, 3)])
    return [make_line(sku=f"s{n}", category=f"c{n % categories}") for n in range(number)]


def random_documents(seed: int, *, number: int) -> Iterator[object]:
    random = Random(seed)
    for _ in range(number):
        document = usual_document(random)
        for _ in range(random.choice([0, 0, 1, 1, 1, 2, 3])):
            make_odd(random, document)
        yield odd_value(random) if random.random() < 0.01 else document
