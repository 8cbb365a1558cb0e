"""A million responses to 20 items in 50 domains, from PostgreSQL, beside `samplics` on the same numbers.

Alone: `python -m benchmarks.survey_analysis [--responses N]`.
"""

import argparse
import asyncio
import resource
import warnings
from collections.abc import Awaitable, Callable
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime
from multiprocessing import get_context
from time import perf_counter, process_time
from typing import Any, NamedTuple, TypeVar
from uuid import UUID

import asyncpg
import numpy as np

from benchmarks import fixtures, report
from benchmarks.reports import processor_seconds
from benchmarks.survey_responses import CODES, DOMAINS, OVERALL, Responses, draw_responses, fill
from heed.postgres_server import Cluster
from heed_common.database import Database
from heed_measures.surveys.importance_performance import GREY_ZONE
from heed_survey.analysis.capacity import Capacity
from heed_survey.analysis.query import DesignUse
from heed_survey.analysis.results.documents import EstimateOut, ResultOut
from heed_survey.analysis.results.frequencies import frequencies
from heed_survey.analysis.results.importance_performance import matrix
from heed_survey.analysis.results.means import MeansOut, means
from heed_survey.analysis.results.satisfaction_index import index
from heed_survey.analysis.results.subject import Subject
from heed_survey.analysis.service import Request, analyse

RESPONSES, ROUNDS = fixtures.scaled(1_000_000, at_least=5000), 3
DOMAIN = "customer.region"
MAX_SECONDS, MAX_MIB = 10, 1024
MAX_DIFFERENCE = 1e-6
COPY_COLUMNS = """
    SELECT encoded, weight, population, second_population, flags, stratum, cluster, second_cluster, context->>'region'
    FROM response
"""
Result = TypeVar("Result")


class Run(NamedTuple):
    """Seconds of one run: of the processor in this process and in the database, and on the wall."""

    own: float
    database: float
    wall: float


class Measured(NamedTuple):
    """What the child process has measured."""

    analyses: list[Run]
    single: list[Run]
    """One analysis of one item, as most requests are."""
    raw: list[Run]
    means: list[tuple[float, float]]
    """Mean and standard error of the first item by domain, without finite populations."""
    mib: float


def measure(cluster: Cluster, *, responses: int = RESPONSES) -> None:
    cluster.create_database("bench_survey")
    url = cluster.url("bench_survey")
    drawn = draw_responses(responses)
    survey_id = asyncio.run(fill(url, drawn))
    # In a process of its own, so that the peak of memory is that of the analysis.
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        found = pool.submit(_measure, url, survey_id).result()
    peer, theirs = _measure_peer(drawn)
    line: dict[str, Any] = {
        "claim": f"survey analysis: {responses:,} responses in PostgreSQL, 20 items, 50 domains: index, frequencies of "
        "all items, importance–performance, with errors by the design",
        "unit": "s",
        "heed": _seconds(found.analyses),
        "one_analysis": _seconds(found.single),
        "raw": _seconds(found.raw),
        "raw_is": "COPY of the same columns to the client, which ignores them",
        "peer": {"processor": round(peer.processor, 2), "wall": round(peer.wall, 2)},
        "peer_is": "samplics: means of one of the items in the 50 domains, in memory",
        "peer_difference": float(f"{_difference(found.means, theirs):.1e}"),
        "ratio": round(float(np.median([run.own + run.database for run in found.analyses])) / peer.processor, 3),
        "ratio_is": "all three analyses over the peer's one item, of the processor",
        "better": "lower",
        "peak_mib": round(found.mib),
        "at_most": {"wall": MAX_SECONDS, "mib": MAX_MIB, "peer_difference": MAX_DIFFERENCE},
    }
    report.line(line)


def _seconds(runs: list[Run]) -> dict[str, object]:
    median = {name: round(float(np.median([getattr(run, name) for run in runs])), 2) for name in Run._fields}
    return median | {"rounds": [round(run.wall, 2) for run in runs]}


def _difference(ours: list[tuple[float, float]], theirs: list[tuple[float, float]]) -> float:
    """Return the largest relative difference of a mean or a standard error."""
    return float(np.max(np.abs(np.array(ours) / np.array(theirs) - 1)))


def _measure(url: str, survey_id: UUID) -> Measured:
    return asyncio.run(_measure_all(url, survey_id))


async def _measure_all(url: str, survey_id: UUID) -> Measured:
    database, connection = Database(url), await asyncpg.connect(url)
    analyses, single, raw = [], [], []
    for _ in range(ROUNDS):
        raw.append((await _timed(database, lambda: _copy(connection)))[1])
        single.append((await _timed(database, lambda: _means(database, survey_id, "full")))[1])
        analyses.append((await _timed(database, lambda: _analyse(database, survey_id, _compute_all)))[1])
    mib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    found = await _means(database, survey_id, "weights")
    await connection.close()
    await database.close()
    # Domains are named so that their order is that of their numbers.
    cells = [group.mean for group in found.groups]
    figures = [(cell.estimate or 0.0, cell.se or 0.0) for cell in cells if isinstance(cell, EstimateOut)]
    return Measured(analyses, single, raw, figures, mib)


async def _timed(database: Database, work: Callable[[], Awaitable[Result]]) -> tuple[Result, Run]:
    before, own, wall = await processor_seconds(database), process_time(), perf_counter()
    result = await work()
    wall, own = perf_counter() - wall, process_time() - own
    return result, Run(own, await processor_seconds(database) - before - own, wall)


async def _copy(connection: "asyncpg.Connection[asyncpg.Record]") -> None:
    async def ignore(data: bytes) -> None: ...

    await connection.copy_from_query(COPY_COLUMNS, output=ignore, format="binary")


def _compute_all(subject: Subject) -> list[ResultOut]:
    """Return the results of the issue's three analyses, of one reading, as a report computes its parts."""
    found: list[ResultOut] = [index(subject), *(frequencies(subject, item=code) for code in CODES)]
    return [*found, matrix(subject, importance="derived", overall=OVERALL, axes="means", grey_zone=GREY_ZONE)]


async def _means(database: Database, survey_id: UUID, design: DesignUse) -> MeansOut:
    return await _analyse(database, survey_id, lambda subject: means(subject, item=OVERALL), design)


async def _analyse(
    database: Database, survey_id: UUID, compute: Callable[[Subject], Result], design: DesignUse = "full"
) -> Result:
    request = Request(
        survey_id=survey_id,
        caller="benchmark",
        reads_responses=True,
        now=datetime.now(UTC),
        by=DOMAIN,
        design=design,
    )
    capacity = Capacity(slots=1, wait_seconds=1, seconds=3600, max_responses=100 * RESPONSES)
    return (await analyse(database, capacity, request=request, compute=compute))[0]


def _measure_peer(responses: Responses) -> tuple[report.Spent, list[tuple[float, float]]]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from samplics import PopParam, TaylorEstimator

        estimator = TaylorEstimator(PopParam.mean)

        def estimate() -> None:
            estimator.estimate(
                y=responses.values(0),
                samp_weight=responses.weights,
                stratum=responses.strata,
                psu=responses.clusters,
                domain=responses.domains,
                remove_nan=True,
            )

        seconds = report.spent(estimate)
    pairs = [(estimator.point_est[domain], estimator.stderror[domain]) for domain in range(DOMAINS)]
    return seconds, [(float(point), float(error)) for point, error in pairs]


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--responses", type=int, default=RESPONSES)
    with fixtures.cluster() as running:
        measure(running, responses=parser.parse_args().responses)
