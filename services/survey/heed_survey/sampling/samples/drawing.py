"""Drawing of a sample from its frame. Pure: the same frame, request and seed give the same members."""

from dataclasses import dataclass
from math import ceil
from typing import Any, TypeVar

import numpy as np

from heed_measures.arrays import Floats, Integers
from heed_measures.errors import InvalidInput
from heed_measures.surveys import allocation, sample_size, selection
from heed_measures.surveys.selection import Selection
from heed_survey.sampling.samples.errors import DeviationMissing, FrameEmpty, FrameTooSmall, SampleTooSmall
from heed_survey.sampling.samples.frame import Frame, Groups
from heed_survey.sampling.samples.rules import MIN_CLUSTERS, Method, SamplePlan, SampleRequest, Sizes, StratumPlan

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Draw:
    """The members of a sample, and what it consists of."""

    selection: Selection
    plan: SamplePlan
    designs: Integers
    """For each member the number of its design, from 1: members of one stratum and cluster have the same."""

    def design_columns(self, frame: Frame, *, is_random: bool) -> dict[str, list[Any]]:
        """Return the columns of the designs; without a known probability there is no weight."""
        chosen = self.selection
        _, rows = np.unique(self.designs, return_index=True)
        second = chosen.second_population
        return {
            "weights": [float(chosen.weights[row]) if is_random else None for row in rows],
            "strata": _labels(frame.strata, chosen.strata, rows),
            "clusters": _labels(frame.clusters, chosen.clusters, rows),
            "populations": chosen.population[rows].tolist(),
            "second_populations": [None] * len(rows) if second is None else second[rows].tolist(),
        }


def draw(frame: Frame, request: SampleRequest) -> Draw:
    """Draw the sample. Raises `FrameEmpty`, `FrameTooSmall`, `SampleTooSmall`, `DeviationMissing`."""
    if frame.population == 0:
        raise FrameEmpty(pointer="/frame")
    sizes = Sizes.of(request, frame.population)
    if sizes.drawn > frame.population:
        raise FrameTooSmall(pointer="/size", population=frame.population)
    selected = _select(frame, request, sizes.drawn)
    return Draw(selected, _plan(frame, request, selected, sizes), _designs(selected))


def _select(frame: Frame, request: SampleRequest, size: int) -> Selection:
    match request.method:
        case Method.SIMPLE:
            return selection.select_simple(frame.population, size, seed=request.seed)
        case Method.SYSTEMATIC:
            return _select_systematic(frame, size, seed=request.seed)
        case Method.STRATIFIED | Method.QUOTA:
            strata = _required(frame.strata)
            return selection.select_stratified(strata.codes, _allocate(frame, request, size), seed=request.seed)
        case Method.CLUSTER:
            clusters = _required(frame.clusters)
            count = _cluster_count(np.bincount(clusters.codes), request, size)
            return selection.select_clusters(clusters.codes, count, seed=request.seed, per_cluster=request.per_cluster)
        case Method.CENSUS:
            return selection.select_all(frame.population)


def _select_systematic(frame: Frame, size: int, *, seed: int) -> Selection:
    """Walk through the frame in the order of the ids; with strata, through one stratum after the other."""
    selected = selection.select_systematic(frame.population, size, seed=seed)
    if frame.strata is None:
        return selected
    order = np.argsort(frame.strata.codes, kind="stable")
    return Selection(np.sort(order[selected.rows]), selected.weights, selected.population)


def _allocate(frame: Frame, request: SampleRequest, size: int) -> Integers:
    strata = _required(frame.strata)
    sizes = np.bincount(strata.codes)
    try:
        if request.optimizes:
            return allocation.optimal(sizes, _deviations(frame, request), size)
        return allocation.proportional(sizes, size)
    except InvalidInput as error:
        smallest = int(np.minimum(sizes, allocation.MIN_PER_STRATUM).sum())
        raise SampleTooSmall(f"These strata need a sample of {smallest} at least.", pointer="/size") from error


def _deviations(frame: Frame, request: SampleRequest) -> Floats:
    """Return the deviation of each stratum: as the request names it, or that of a field in the frame."""
    strata = _required(frame.strata)
    if frame.spread is None:
        given = request.deviations or {}
        missing = [label for label in strata.labels if label not in given]
        if missing:
            raise DeviationMissing(pointer="/deviations", missing=missing[:20])
        return np.array([given[label] for label in strata.labels], dtype=np.float64)
    known = np.isfinite(frame.spread)
    codes, values, count = strata.codes[known], frame.spread[known], len(strata.labels)
    n = np.maximum(np.bincount(codes, minlength=count), 1)
    mean = np.bincount(codes, values, minlength=count) / n
    squares = np.bincount(codes, (values - mean[codes]) ** 2, minlength=count)
    return np.asarray(np.sqrt(squares / np.maximum(n - 1, 1)), dtype=np.float64)


def _cluster_count(sizes: Integers, request: SampleRequest, size: int) -> int:
    """Return how many clusters to draw: as many as are expected to give the size."""
    if len(sizes) < MIN_CLUSTERS or (request.clusters or 0) > len(sizes):
        raise FrameTooSmall(pointer="/cluster", clusters=len(sizes))
    if request.clusters is not None:
        return request.clusters
    given = sizes if request.per_cluster is None else np.minimum(sizes, request.per_cluster)
    return min(len(sizes), max(MIN_CLUSTERS, ceil(size / float(given.mean()))))


def _plan(frame: Frame, request: SampleRequest, selected: Selection, sizes: Sizes) -> SamplePlan:
    drawn = len(selected.rows)
    expected = drawn * request.response_rate
    is_random = request.method is not Method.QUOTA
    return SamplePlan(
        population=frame.population,
        size=drawn,
        responses_needed=sizes.responses,
        responses_expected=round(expected, 1),
        margin_expected=_margin(request, frame.population, expected) if is_random else None,
        weighting_effect=_weighting_effect(selected.weights) if is_random else None,
        strata=() if selected.strata is None else _strata_plan(_required(frame.strata), selected, is_random=is_random),
        clusters=None if frame.clusters is None else len(frame.clusters.labels),
        clusters_drawn=None if selected.clusters is None else len(np.unique(selected.clusters)),
        without_cluster=frame.without_cluster,
        frame_hash=frame.hash,
    )


def _strata_plan(strata: Groups, selected: Selection, *, is_random: bool) -> tuple[StratumPlan, ...]:
    count = len(strata.labels)
    population = np.bincount(strata.codes, minlength=count)
    size = np.bincount(_required(selected.strata), minlength=count)
    return tuple(
        StratumPlan(
            label,
            values,
            int(population[code]),
            int(size[code]),
            float(population[code] / size[code]) if is_random and size[code] else None,
        )
        for code, (label, values) in enumerate(zip(strata.labels, strata.values, strict=True))
    )


def _margin(request: SampleRequest, population: int, expected: float) -> float | None:
    if expected < 1:
        return None
    deviation = (request.share * (1 - request.share)) ** 0.5
    margin = sample_size.margin_of(
        int(expected),
        deviation=deviation,
        population=population,
        design_effect=request.design_effect,
        confidence=request.confidence,
    )
    return round(margin, 6)


def _weighting_effect(weights: Floats) -> float | None:
    if len(weights) == 0:
        return None
    return round(float(len(weights) * (weights**2).sum() / weights.sum() ** 2), 6)


def _designs(selected: Selection) -> Integers:
    """Return for each member the number of its stratum and cluster among those that occur."""
    none = np.zeros(len(selected.rows), dtype=np.int64)
    strata = none if selected.strata is None else selected.strata
    clusters = none if selected.clusters is None else selected.clusters
    key = strata * (int(clusters.max(initial=0)) + 1) + clusters
    _, designs = np.unique(key, return_inverse=True)
    return np.asarray(designs.reshape(-1) + 1, dtype=np.int64)


def _labels(groups: Groups | None, codes: Integers | None, rows: Integers) -> list[str | None]:
    if groups is None or codes is None:
        return [None] * len(rows)
    return [groups.labels[code] for code in codes[rows]]


def _required(value: T | None) -> T:
    assert value is not None  # noqa: S101 - the schema requires strata and clusters for the methods that use them
    return value
