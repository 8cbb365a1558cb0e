"""The frame of a sample as arrays, in the order of the customers' ids. Pure."""

import hashlib
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from heed_common.conditions import Condition
from heed_measures.arrays import Floats, Integers
from heed_survey.customers.frame.rules import FRAME_FIELDS, PREFIX, Cell
from heed_survey.sampling.samples.rules import SampleRequest

ID_BYTES = 16
UNKNOWN = "-"
"""Shown for a value that a customer does not have."""


@dataclass(frozen=True, slots=True)
class Groups:
    """Strata or clusters: a code for each row, and the values of each code."""

    codes: Integers
    labels: tuple[str, ...]
    values: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True, slots=True)
class Frame:
    """Customers that can be drawn. Shapes: ids (N, 16); codes and spread (N,)."""

    ids: np.ndarray[Any, np.dtype[np.uint8]]
    strata: Groups | None
    clusters: Groups | None
    spread: Floats | None
    without_cluster: int

    @property
    def population(self) -> int:
        return len(self.ids)

    @property
    def hash(self) -> str:
        return hashlib.sha256(self.ids.tobytes()).hexdigest()


def build_frame(cells: Iterable[Cell], fields: Sequence[str], *, condition: Condition, request: SampleRequest) -> Frame:
    """Return the customers for whom the condition is true, whatever the order of the cells.

    Customers with equal values share a cell, so that the condition is evaluated once for each combination. With
    `strata` a systematic sample walks through one stratum after the other.
    """
    chosen = [(cell, dict(zip(fields, cell.values, strict=True))) for cell in cells]
    chosen = [(cell, facts) for cell, facts in chosen if condition.matches(_with_prefix(facts))]
    with_cluster = [pair for pair in chosen if request.cluster is None or pair[1][request.cluster] is not None]
    ids = np.frombuffer(b"".join(cell.ids for cell, _ in with_cluster), dtype=np.uint8).reshape(-1, ID_BYTES)
    counts = [len(cell.ids) // ID_BYTES for cell, _ in with_cluster]
    halves = np.ascontiguousarray(ids).view(">u8").reshape(-1, 2)
    order = np.lexsort((halves[:, 1], halves[:, 0]))
    facts = [facts for _, facts in with_cluster]

    def per_row(values: Sequence[float], kind: type) -> Any:  # noqa: ANN401 an array of that kind
        return np.repeat(np.asarray(values, dtype=kind), counts)[order]

    return Frame(
        ids[order],
        _groups(facts, request.strata, per_row),
        _groups(facts, (request.cluster,) if request.cluster else (), per_row),
        None if request.spread_of is None else per_row([_number(row[request.spread_of]) for row in facts], np.float64),
        sum(len(cell.ids) for cell, _ in chosen) // ID_BYTES - sum(counts),
    )


def _with_prefix(facts: Mapping[str, Any]) -> dict[str, Any]:
    return {f"{PREFIX}{name}": value for name, value in facts.items()}


def _number(value: Any) -> float:  # noqa: ANN401 a number of any type
    return float("nan") if value is None else float(value)


def _groups(
    facts: Sequence[Mapping[str, Any]], names: Sequence[str], per_row: Callable[[Sequence[float], type], Any]
) -> Groups | None:
    """Return the groups of equal values; spellings that compare equal are one group."""
    if not names:
        return None
    keys = [tuple(_key(name, row[name]) for name in names) for row in facts]
    spellings: dict[Hashable, tuple[Any, ...]] = {}
    for key, row in zip(keys, facts, strict=True):
        spelling = tuple(row[name] for name in names)
        spellings[key] = min(spellings.get(key, spelling), spelling, key=repr)
    ordered = sorted(spellings, key=repr)
    code_by_key = {key: code for code, key in enumerate(ordered)}
    values = tuple(dict(zip(names, spellings[key], strict=True)) for key in ordered)
    labels = tuple(" | ".join(map(_label, value.values())) for value in values)
    return Groups(per_row([code_by_key[key] for key in keys], np.int64), labels, values)


def _key(name: str, value: Any) -> Any:  # noqa: ANN401 a value of the frame
    return None if value is None else FRAME_FIELDS[name].comparable(value)


def _label(value: Any) -> str:  # noqa: ANN401 as above
    return UNKNOWN if value is None else str(value)
