"""A million responses to 20 items in 50 domains, beside `samplics`. Alone: `python -m benchmarks.survey_analysis`.

Without the database: what reading adds is measured where the survey service is.
"""

import resource
import warnings
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from benchmarks import report
from heed_measures.arrays import Floats, Integers
from heed_measures.surveys.categories import Categories
from heed_measures.surveys.correlations import correlations_by
from heed_measures.surveys.design import Design
from heed_measures.surveys.domains import MeanTable, means_by
from heed_measures.surveys.frequencies import FrequencyTable, single_frequencies
from heed_measures.surveys.importance_performance import Matrix, importance_performance
from heed_measures.surveys.satisfaction_index import IndexNode, Indicator, satisfaction_index

RESPONSES, ITEMS, DOMAINS, POINTS = 1_000_000, 20, 50, 5
STRATA, CLUSTERS, POPULATION = 12, 2000, 500.0
MISSING = 0.05
ROUNDS = 3
SEED = 14
MAX_SECONDS, MAX_MIB = 4, 1024


class Responses(NamedTuple):
    """Codes 0–4 of the items (ITEMS, n), −1 without response; domain, weight, stratum and cluster (n,)."""

    codes: NDArray[np.int8]
    domains: NDArray[np.int16]
    weights: Floats
    strata: Integers
    clusters: Integers


class Findings(NamedTuple):
    """All figures of all domains."""

    frequencies: list[list[FrequencyTable]]
    indices: list[tuple[IndexNode, ...]]
    matrices: list[Matrix]
    means: MeanTable


def measure() -> None:
    # In a process of its own, so that the peak of memory is that of the analysis.
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        ours, mib = pool.submit(_measure_ours).result()
    theirs = _measure_peer()
    report.cost(
        "survey_analysis: a million responses, 20 items, 50 domains: frequencies, index, importance–performance",
        ours,
        [theirs],
        at_most=0.5,
        reference_is="samplics: the means of one of the 20 items in the 50 domains, same responses and design",
    )
    line = {"claim": "survey_analysis: peak memory", "unit": "MiB", "heed": round(mib), "at_most": MAX_MIB}
    report.line(line | {"at_most_seconds": MAX_SECONDS})


def analyse(responses: Responses) -> Findings:
    design = Design(
        responses.weights,
        strata=responses.strata,
        clusters=responses.clusters,
        population=np.full(RESPONSES, POPULATION),
    )
    categories = Categories(design, responses.domains, group_count=DOMAINS)
    frequencies = []
    for codes in responses.codes:
        table = categories.shares(codes, POINTS)
        frequencies.append([single_frequencies(table, domain) for domain in range(DOMAINS)])
    values = (responses.codes.T + 1).astype(np.float32)
    values[values == 0] = np.nan
    means = means_by(values, design, responses.domains, group_count=DOMAINS)
    indices = [satisfaction_index(means, _tree(), _scales(), group=domain) for domain in range(DOMAINS)]
    derived = correlations_by(values[:, 1:], values[:, 0], design, responses.domains, group_count=DOMAINS)
    matrices = [
        importance_performance(
            [derived.estimate(domain, item) for item in range(ITEMS - 1)],
            [means.estimate(domain, item) for item in range(1, ITEMS)],
        )
        for domain in range(DOMAINS)
    ]
    return Findings(frequencies, indices, matrices, means)


def _measure_ours() -> tuple[list[report.Spent], float]:
    responses = _draw_responses()
    rounds = [report.spent(partial(analyse, responses)) for _ in range(ROUNDS)]
    return rounds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _measure_peer() -> report.Spent:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from samplics import PopParam, TaylorEstimator

        responses = _draw_responses()
        values = np.where(responses.codes[0] < 0, np.nan, responses.codes[0] + 1.0)
        estimate = partial(
            TaylorEstimator(PopParam.mean).estimate,
            y=values,
            samp_weight=responses.weights,
            stratum=responses.strata,
            psu=responses.clusters,
            domain=responses.domains,
            remove_nan=True,
        )
        return report.spent(estimate)


def _draw_responses() -> Responses:
    random = np.random.default_rng(SEED)
    clusters = random.integers(0, CLUSTERS, RESPONSES)
    level = random.normal(0, 0.5, CLUSTERS)[clusters] + random.normal(0, 0.7, RESPONSES)
    codes = np.empty((ITEMS, RESPONSES), dtype=np.int8)
    for item in range(ITEMS):
        codes[item] = np.digitize(level + random.normal(0, 0.8, RESPONSES), [-1.5, -0.6, 0.3, 1.2])
        codes[item][random.uniform(size=RESPONSES) < MISSING] = -1
    domains = random.integers(0, DOMAINS, RESPONSES).astype(np.int16)
    return Responses(codes, domains, random.uniform(0.5, 2, RESPONSES), clusters % STRATA, clusters)


def _tree() -> Indicator:
    branches = [
        Indicator(
            f"b{branch}", 0.25, children=tuple(Indicator(f"b{branch}.{i}", 0.2, branch * 5 + i) for i in range(5))
        )
        for branch in range(4)
    ]
    return Indicator("", 1.0, children=tuple(branches))


def _scales() -> Floats:
    return np.tile(np.array([1.0, POINTS]), (ITEMS, 1))


if __name__ == "__main__":
    measure()
