"""An attacker with all results of the analyses: whose answers follow from them, by linear algebra?"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import httpx
import numpy as np
from numpy.typing import NDArray

from tests.survey.analysis.studies import REGIONS, ask

Booleans = NDArray[np.bool_]
People = Sequence[Mapping[str, Any]]
VALUES = {"region": REGIONS, "age": ("18", "30", "45", "60"), "overall": (1, 2, 3, 4, 5), "effort": (1, 2, 3, 4, 5)}


class Attacker:
    """Requests results, and collects over which set of people each number was computed.

    It is given who is in each set, which is more than any reader has: whose answers it cannot compute are safe.
    """

    def __init__(self, client: httpx.AsyncClient, survey_id: str, people: People) -> None:
        self.client, self.survey_id, self.people = client, survey_id, people
        self.sets: dict[str, list[Booleans]] = {}
        self.shown: list[int] = []
        """Sizes of all sets about which a number was shown."""
        self.refused = 0

    async def means(self, item: str, where: dict[str, Any] | None, by: str | None, form: str = "") -> None:
        params = _params(item, where, by)
        response = await ask(self.client, self.survey_id, f"means{form}", **params)
        if response.status_code != 200:
            assert response.json()["code"] in {"would_disclose", "too_few_responses", "no_responses"}
            self.refused += 1
            return
        for value, size in _csv_groups(response.text) if form else _json_groups(response.json(), by):
            members = self._members(item, where) & self._having(by, value)
            self._add(f"mean of {item}", members, size)

    async def frequencies(self, item: str, where: dict[str, Any] | None, by: str | None) -> None:
        params = _params(item, where, by)
        response = await ask(self.client, self.survey_id, "frequencies", **params)
        if response.status_code != 200:
            self.refused += 1
            return
        body = response.json()
        for group in [body, *body["groups"]]:
            inside = self._members(item, where) & self._having(by, group.get("by", {}).get(by) if by else None)
            for option in group["options"]:
                if isinstance(option["count"], int) and option["count"]:
                    chosen = inside & self._having(item, option["code"])
                    self._add(f"count of {item}", chosen, option["count"])

    def isolated(self, k: int) -> list[tuple[str, int]]:
        """Return people of whom, alone or among fewer than k, something follows from what was shown.

        For each person, the least group around that a combination of the sets can be cut down to, by removing others
        greedily; exact for single people.
        """
        return [
            (subject, person) for subject, sets in self.sets.items() for person in isolated_people(np.array(sets), k)
        ]

    def _members(self, item: str, where: dict[str, Any] | None) -> Booleans:
        return np.array([item in person and (where is None or matches(where, person)) for person in self.people])

    def _having(self, field: str | None, value: str | None) -> Booleans:
        if field is None or value is None:
            return np.ones(len(self.people), dtype=np.bool_)
        return np.array([str(person.get(field)) == value for person in self.people])

    def _add(self, subject: str, members: Booleans, size: int) -> None:
        assert members.sum() == size, "the attacker misunderstood what was shown"
        self.shown.append(size)
        self.sets.setdefault(subject, []).append(members)


def isolated_people(sets: Booleans, k: int) -> list[int]:
    """Return people in groups below k that a combination of the sets (q, n) consists of.

    People in the same sets are one atom. A group of atoms carries a combination if leaving it out costs rank: single
    atoms, pairs, and as many further groups as can be tried at random.
    """
    columns, atom, sizes = np.unique(sets, axis=1, return_inverse=True, return_counts=True)
    atom, member = atom.reshape(-1), columns.astype(np.float64)
    rank = np.linalg.matrix_rank(member)
    small = [index for index in range(len(sizes)) if sizes[index] < k and member[:, index].any()]
    alone = [index for index in small if np.linalg.matrix_rank(np.delete(member, index, axis=1)) < rank]
    if alone:  # Enough: no need to look for pairs.
        return [int(person) for index in alone for person in np.flatnonzero(atom == index)]
    rng = np.random.default_rng(1)
    groups = [[a, b] for a in small for b in small if a < b][:1500]
    groups += [list(rng.choice(small, size=min(3, len(small)), replace=False)) for _ in range(300) if small]
    found = {
        index
        for group in groups
        if sizes[group].sum() < k and np.linalg.matrix_rank(np.delete(member, group, axis=1)) < rank
        for index in group
    }
    return [int(person) for index in sorted(found) for person in np.flatnonzero(atom == index)]


def matches(where: dict[str, Any], person: Mapping[str, Any]) -> bool:
    if "all" in where:
        return all(matches(part, person) for part in where["all"])
    if "any" in where:
        return any(matches(part, person) for part in where["any"])
    if "not" in where:
        return not matches(where["not"], person)
    value = person.get(where["field"])
    tests: dict[str, Callable[[], bool]] = {
        "eq": lambda: value is not None and value == where["value"],
        "ge": lambda: value is not None and value >= where["value"],
        "in": lambda: value is not None and value in where["value"],
    }
    return tests[where["op"]]()


def random_condition(
    rng: np.random.Generator, depth: int = 2, values: Mapping[str, Sequence[Any]] = VALUES
) -> dict[str, Any]:
    """Return a filter such as an attacker tries: values of one field, combined and negated."""
    kind = rng.choice(["one", "all", "any", "not"]) if depth else "one"
    if kind in {"all", "any"}:
        return {str(kind): [random_condition(rng, depth - 1, values) for _ in range(2)]}
    if kind == "not":
        return {"not": random_condition(rng, depth - 1, values)}
    field = str(rng.choice(list(values)))
    value = values[field][int(rng.integers(len(values[field])))]
    return {"field": field, "op": "ge" if isinstance(value, int) and rng.random() < 0.5 else "eq", "value": value}


def _params(item: str, where: dict[str, Any] | None, by: str | None) -> dict[str, str]:
    condition = {"where": json.dumps(where)} if where else {}
    return {"item": item, **condition, **({"by": by} if by else {})}


def _json_groups(body: Any, by: str | None) -> Iterator[tuple[str | None, int]]:
    for group in body["groups"]:
        if "suppressed" not in group["mean"]:
            yield (group["by"][by] if by else None), group["mean"]["n"]


def _csv_groups(text: str) -> Iterator[tuple[str | None, int]]:
    header, *lines = [line.split(",") for line in text.lstrip("\ufeff").splitlines()]
    for line in lines:
        row = dict(zip(header, line, strict=True))
        if row["mean_n"] != "suppressed":
            yield (row["by"] or None), int(row["mean_n"])
