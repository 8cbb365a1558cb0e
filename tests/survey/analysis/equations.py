"""An attacker who reads all results as equations about how many people there are of each kind, and solves them.

It knows no one's answers. A kind of people is a value of each of some fields; what is shown of a group, by whatever
route, is a sum over kinds. It looks for small groups whose size the equations bound to a few people.
"""

import json
import re
from collections.abc import Mapping, Sequence
from itertools import combinations, product
from math import ceil, floor
from typing import Any

import httpx
import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linprog

from tests.survey.analysis.attack import matches
from tests.survey.analysis.studies import ask

Vector = NDArray[np.float64]
REFUSALS = {"would_disclose", "too_few_responses", "no_responses", "constant_item"}
SVG_N = re.compile(r"n = ([\d,]+)")
EVERYONE: dict[str, Any] = {"all": []}


class EquationAttacker:
    """Requests results of a survey in which people differ by `fields`, each with its values.

    `naive_k` is for the control: of a service that shows everything, only what is about so many people is read.
    """

    def __init__(
        self,
        client: httpx.AsyncClient,
        survey_id: str,
        people: Sequence[Mapping[str, Any]],
        fields: Mapping[str, Sequence[Any]],
        *,
        naive_k: int = 0,
    ) -> None:
        self.client, self.survey_id, self.naive_k = client, survey_id, naive_k
        self.fields = fields
        self.kinds = [dict(zip(fields, values, strict=True)) for values in product(*fields.values())]
        position = {tuple(kind.values()): index for index, kind in enumerate(self.kinds)}
        self.truth = np.zeros(len(self.kinds))
        for person in people:
            self.truth[position[tuple(person[name] for name in fields)]] += 1
        self.rows: list[Vector] = [np.ones(len(self.kinds))]
        self.answered = self.refused = 0

    async def read(self, name: str, where: dict[str, Any] | None = None, **params: Any) -> None:
        """Request an analysis, in any form, and add what it shows to the equations."""
        inside = self._of(where or EVERYONE)
        if "wave" in params:
            inside = inside & self._of({"field": "wave", "op": "eq", "value": params["wave"]})
        condition = {"where": json.dumps(where)} if where else {}
        response = await ask(self.client, self.survey_id, name, **condition, **params)
        if response.status_code != 200:
            assert response.json()["code"] in REFUSALS, response.text
            self.refused += 1
            return
        self.answered += 1
        name, _, form = name.partition(".")
        if form == "svg":
            self._read_plot(response.text, inside, params)
        else:
            READERS[name](self, response.json(), inside, params)

    def small_groups(self, k: int) -> list[tuple[dict[str, Any], int]]:
        """Return the groups of fewer than k people by two fields that the equations show to be small, and not empty."""
        known = np.unique(np.array(self.rows), axis=0)
        found = []
        for names in combinations(self.fields, 2):
            for values in product(*(self.fields[name] for name in names)):
                group = dict(zip(names, values, strict=True))
                target = np.array([all(kind[name] == group[name] for name in names) for kind in self.kinds])
                size = int(self.truth[target].sum())
                if 0 < size < k and self._is_bounded(known, target.astype(np.float64), k):
                    found.append((group, size))
        return found

    def add(self, inside: NDArray[np.bool_], shown: float, values: Vector | None = None) -> None:
        """Add an equation: the sum of the values, by default 1, over the people inside is what is shown."""
        row = inside.astype(np.float64) * (1.0 if values is None else values)
        assert np.isclose(row @ self.truth, shown, rtol=1e-6, atol=1e-4), "the attacker misunderstood what was shown"
        if not self.naive_k or self.truth[inside].sum() >= self.naive_k:
            self.rows.append(row)

    def having(self, name: str | None, value: Any) -> NDArray[np.bool_]:
        return np.array([name is None or str(kind.get(name)) == str(value) for kind in self.kinds])

    def add_mean(self, inside: NDArray[np.bool_], item: str | None, cell: Any, *, sample: int) -> None:
        """Add the number of an estimate, and of a mean of a field the sums of values and of their squares.

        `sample` is the number of responses that the error is computed from, of which the group is a part.
        """
        if not isinstance(cell, dict) or "suppressed" in cell:
            return
        self.add(inside, cell["n"])
        if item in self.fields and cell["estimate"] is not None:
            values = np.array([float(kind[item]) for kind in self.kinds])
            n, mean = cell["n"], cell["estimate"]
            self.add(inside, n * mean, values)
            if cell["se"] is not None:
                self.add(inside, cell["se"] ** 2 * n**2 * (sample - 1) / sample + n * mean**2, values**2)

    def _of(self, where: dict[str, Any]) -> NDArray[np.bool_]:
        return np.array([matches(where, kind) for kind in self.kinds])

    def _is_bounded(self, known: Vector, target: Vector, k: int) -> bool:
        shown = known @ self.truth
        least, most = (
            linprog(sign * target, A_eq=known, b_eq=shown, bounds=(0, None), method="highs") for sign in (1, -1)
        )
        if least.status != 0 or most.status != 0:  # Rounding: count nothing that is not sure.
            return False
        return ceil(least.fun - 1e-3) >= 1 and floor(-most.fun + 1e-3) < k

    def _read_plot(self, svg: str, inside: NDArray[np.bool_], params: Mapping[str, Any]) -> None:
        """Read the numbers beside the rows; without groups they are all of the same people."""
        if "by" not in params:
            for size in SVG_N.findall(svg):
                self.add(inside, int(size.replace(",", "")))


def _means(attacker: EquationAttacker, body: Any, inside: NDArray[np.bool_], params: Mapping[str, Any]) -> None:
    for group in body["groups"]:
        (name, value), *_ = [*group["by"].items(), (None, None)]
        attacker.add_mean(
            inside & attacker.having(name, value), params["item"], group["mean"], sample=body["as_of_responses"]
        )


def _frequencies(attacker: EquationAttacker, body: Any, inside: NDArray[np.bool_], params: Mapping[str, Any]) -> None:
    for group in [body | {"by": {}}, *body["groups"]]:
        (name, value), *_ = [*group["by"].items(), (None, None)]
        members = inside & attacker.having(name, value)
        if isinstance(group["n"], int):
            attacker.add(members, group["n"])
        for option in group["options"] if params["item"] in attacker.fields else ():
            if isinstance(option["count"], int):
                attacker.add(members & attacker.having(params["item"], option["code"]), option["count"])


def _crosstab(attacker: EquationAttacker, body: Any, inside: NDArray[np.bool_], params: Mapping[str, Any]) -> None:
    attacker.add(inside, body["n"])
    for cell in body["cells"]:
        if isinstance(cell["count"], int):
            row, column = (attacker.having(params[side], cell[side]) for side in ("row", "column"))
            attacker.add(inside & row & column, cell["count"])


def _csat(attacker: EquationAttacker, body: Any, inside: NDArray[np.bool_], params: Mapping[str, Any]) -> None:
    item = params["item"]
    top = np.array([int(kind[item]) >= 4 for kind in attacker.kinds])
    for group in [body, *body["groups"]]:
        (name, value), *_ = [*group["by"].items(), (None, None)]
        members = inside & attacker.having(name, value)
        attacker.add_mean(members, item, group["mean"], sample=body["as_of_responses"])
        if isinstance(group["satisfied"], int):
            attacker.add(members & top, group["satisfied"])


def _trend(attacker: EquationAttacker, body: Any, inside: NDArray[np.bool_], params: Mapping[str, Any]) -> None:
    for wave in body["waves"]:
        members = attacker.having("wave", wave["wave"])
        sample = int(attacker.truth[members].sum())
        attacker.add_mean(inside & members, params["item"], wave["estimate"], sample=sample)


def _index(attacker: EquationAttacker, body: Any, inside: NDArray[np.bool_], params: Mapping[str, Any]) -> None:
    for group in [body, *body["groups"]]:
        (name, value), *_ = [*group["by"].items(), (None, None)]
        for node in group["tree"]:
            if node["item"] in attacker.fields:
                attacker.add_mean(
                    inside & attacker.having(name, value), node["item"], node["index"], sample=body["as_of_responses"]
                )


READERS = {
    "means": _means,
    "frequencies": _frequencies,
    "crosstab": _crosstab,
    "csat": _csat,
    "trend": _trend,
    "index": _index,
}
