"""Use case of reading: all responses of a survey as one data set, the versions that share items together."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.database import Database
from heed_measures.errors import InvalidInput
from heed_measures.surveys.design import Design
from heed_survey.analysis.capacity import Capacity, Deadline
from heed_survey.analysis.errors import AnalysisTooLarge, DesignInvalid, NoResponses
from heed_survey.analysis.loading import repository
from heed_survey.analysis.loading.repository import NUMBERS, ReadPlan, fields_of
from heed_survey.analysis.table.columns import MISSING_CODE, Column, Floats, remapped, text_column
from heed_survey.analysis.table.dataset import NOTHING_KNOWN, Dataset, Link
from heed_survey.analysis.table.rows import RowBuffer, Rows, TextCodes
from heed_survey.call_backs.facts import service as facts
from heed_survey.call_backs.facts.rules import MET, NOT_MET, PREFIX, Fact
from heed_survey.responses.encoding import FORMAT, FORMAT_COLUMN, MISSING_NUMBER, NOT_SHOWN, columns, item_columns
from heed_survey.responses.encoding import NUMBERS as NUMBER_TYPES
from heed_survey.surveys.questionnaire.items import Item
from heed_survey.surveys.questionnaire.questionnaire import Questionnaire

DESIGN_TEXTS = ("stratum", "cluster", "second_cluster")
BATCH_BYTES = 1 << 20
"""Bytes that are decoded at once: enough to make it worth a thread, and little beside the whole."""
LINKS_AT_ONCE = 20_000

Encoded = NDArray[np.generic]


@dataclass(slots=True)
class Version:
    """The responses to one version, in batches."""

    questionnaire: Questionnaire
    records: list[NDArray[np.void]] = field(default_factory=list)
    n: int = 0


@dataclass(slots=True)
class Reading:
    """What was read so far: columns by name, in batches, and the codes of texts."""

    plan: ReadPlan
    capacity: Capacity
    versions: list[Version] = field(default_factory=list)
    batches: dict[str, list[NDArray[Any]]] = field(default_factory=dict)
    texts: dict[str, TextCodes] = field(default_factory=dict)
    n: int = 0

    def column(self, name: str) -> NDArray[Any]:
        return np.concatenate(self.batches[name])


async def load_dataset(
    database: Database,
    capacity: Capacity,
    *,
    survey_id: UUID,
    questionnaires: Mapping[int, Questionnaire],
    plan: ReadPlan,
    deadline: Deadline,
) -> Dataset:
    """Return the responses to all versions, in terms of the newest.

    All are read as of one moment. Raises `NoResponses`, `DesignInvalid`, `AnalysisTooLarge`.
    """
    reading = Reading(plan, capacity)
    async with database.transaction() as session:
        await session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
        for number, questionnaire in sorted(questionnaires.items()):
            await _read_version(session, survey_id, number, questionnaire, reading)
        if not reading.n:
            raise NoResponses
        labels = await _load_labels(session, reading)
        links = [] if plan.facts == "none" else await _load_links(session, reading)
    newest = questionnaires[max(questionnaires)]
    return await capacity.compute(lambda: _assemble(newest, reading, labels, links, deadline))


async def _read_version(
    session: AsyncSession, survey_id: UUID, number: int, questionnaire: Questionnaire, reading: Reading
) -> None:
    """Read the responses to a version. Raises `AnalysisTooLarge`."""
    version, buffer = Version(questionnaire), RowBuffer(fields_of(reading.plan, questionnaire))

    async def write(data: bytes) -> None:
        buffer.add(data)
        if len(buffer) >= BATCH_BYTES:
            await reading.capacity.compute(lambda: _decode(buffer.take(), version, reading))

    await repository.copy_responses(session, survey_id, number, reading.plan, write=write)
    _decode(buffer.take(), version, reading)
    buffer.end()
    if version.n:
        reading.versions.append(version)


def _decode(rows: Rows, version: Version, reading: Reading) -> None:
    if not len(rows):
        return
    version.n += len(rows)
    reading.n += len(rows)
    if reading.n > reading.capacity.max_responses:
        raise AnalysisTooLarge(f"An analysis reads {reading.capacity.max_responses:,} responses at most.")
    records = rows["encoded"].copy()
    if (records[FORMAT_COLUMN] != FORMAT).any():
        raise ValueError("responses are encoded in another format")
    version.records.append(records)
    found: dict[str, NDArray[Any]] = {name: rows[name].astype(np.float64) for name in NUMBERS}
    found["flagged"] = rows["flags"] > 0
    if reading.plan.is_controlled:
        found["position"] = rows["position"].astype(np.int64)
    if reading.plan.facts != "none":
        found["id"] = rows["id"].copy()
    for name in reading.plan.hashed:
        texts = reading.texts.setdefault(name, TextCodes())
        found[name] = texts.encode(rows[name].astype(np.int64), rows["id"])
    for name, column in found.items():
        reading.batches.setdefault(name, []).append(column)


async def _load_labels(session: AsyncSession, reading: Reading) -> dict[str, list[str]]:
    """Return the texts of the columns that need them, in the order of their codes."""
    named = list(reading.plan.named)
    keys = {name: [UUID(bytes=key) for key in reading.texts[name].rows] for name in named}
    ids = list(dict.fromkeys(key for name in named for key in keys[name]))
    texts = await repository.load_texts(session, ids, reading.plan)
    return {name: [texts[key][name] for key in keys[name]] for name in named}


async def _load_links(session: AsyncSession, reading: Reading) -> list[Link]:
    """Return what the respondents had experienced, in the order of the responses."""
    keys, links = reading.column("id").tolist(), list[Link]()
    for start in range(0, len(keys), LINKS_AT_ONCE):
        ids = [UUID(bytes=key) for key in keys[start : start + LINKS_AT_ONCE]]
        respondents = await repository.list_respondents(session, ids)
        found = await facts.experiences(session, respondents, confidential=reading.plan.facts == "all")
        links += [Link(id_, found.get(id_, NOTHING_KNOWN)) for id_ in ids]
    return links


def _assemble(
    newest: Questionnaire,
    reading: Reading,
    labels: Mapping[str, Sequence[str]],
    links: Sequence[Link],
    deadline: Deadline,
) -> Dataset:
    positions = reading.column("position") if reading.plan.is_controlled else None
    # Those of one version come in this order.
    order = None if positions is None or (np.diff(positions) > 0).all() else np.argsort(positions)
    encoded: dict[str, Encoded] = {}
    tables = [np.concatenate(version.records) for version in reading.versions]
    for item in newest.items:
        for name in item_columns(item):
            parts = [
                _of_version(item, name, version.questionnaire, table)
                for version, table in zip(reading.versions, tables, strict=True)
            ]
            encoded[name] = _sorted(np.concatenate(parts), order)
    return Dataset(
        questionnaire=newest,
        encoded=encoded,
        context={
            **{name: text_column(_sorted(reading.column(name), order), texts) for name, texts in labels.items()},
            **_fact_columns(links, order),
        },
        design=_design(reading, order),
        flagged=_sorted(reading.column("flagged"), order),
        positions=None if positions is None else _sorted(positions, order),
        links=() if positions is not None else links,
        check=deadline.check,
    )


def _fact_columns(links: Sequence[Link], order: NDArray[np.int64] | None) -> dict[str, Column]:
    """Return a column of each fact by the name of its field."""
    if not links:
        return {}
    columns = {}
    for fact in Fact:
        known = (link.experience.facts.get(fact) for link in links)
        codes = np.fromiter((MISSING_CODE if met is None else int(not met) for met in known), np.int8, len(links))
        columns[f"{PREFIX}{fact}"] = Column(_sorted(codes, order), (MET, NOT_MET))
    return columns


def _of_version(item: Item, name: str, questionnaire: Questionnaire, table: NDArray[np.void]) -> Encoded:
    """Return an item's column of a version; without values where the version has no comparable item."""
    n = len(table)
    old = questionnaire.by_code.get(item.code)
    is_there = old is not None and name in columns(questionnaire)
    column = remapped(table[name], old, item) if old is not None and is_there else None
    if column is not None:
        return column
    return np.full(n, MISSING_NUMBER) if item.type in NUMBER_TYPES else np.full(n, NOT_SHOWN, dtype=np.int16)


def _design(reading: Reading, order: NDArray[np.int64] | None) -> Design:
    weights, population, second = (_sorted(reading.column(name), order) for name in NUMBERS)
    if reading.plan.design == "none":
        return Design.simple(len(weights))
    if reading.plan.design == "weights":
        population = second = np.full(len(weights), np.nan)
    strata = _strata(reading, order)
    clusters, second_clusters = (_units(reading, name, order) for name in ("cluster", "second_cluster"))
    weighted = ~np.isnan(weights)
    if not weighted.any() and strata is None and clusters is None and np.isnan(population).all():
        return Design.simple(len(weights))
    if weighted.any() and not weighted.all():
        raise DesignInvalid("Some of the responses have a weight and others have none; use design=none.")
    try:
        return Design(
            weights=np.where(weighted, weights, 1.0),
            strata=strata,
            clusters=clusters,
            population=_known(population),
            second_clusters=second_clusters,
            second_population=_known(second),
        )
    except InvalidInput as error:
        raise DesignInvalid(str(error)) from None


def _known(numbers: Floats) -> Floats | None:
    return None if np.isnan(numbers).all() else numbers


def _strata(reading: Reading, order: NDArray[np.int64] | None) -> NDArray[np.int32] | None:
    """Return the labels of the strata; responses without one are a stratum."""
    codes = _design_codes(reading, "stratum", order)
    return None if codes is None else codes + 1


def _units(reading: Reading, name: str, order: NDArray[np.int64] | None) -> NDArray[np.int64] | None:
    """Return the labels of sampling units; responses that came without one came each on its own."""
    codes = _design_codes(reading, name, order)
    if codes is None:
        return None
    return np.where(codes == MISSING_CODE, int(codes.max()) + 1 + np.arange(len(codes)), codes)


def _design_codes(reading: Reading, name: str, order: NDArray[np.int64] | None) -> NDArray[np.int32] | None:
    """Return the codes of a part of the design, None if no response has it."""
    if name not in reading.plan.strata:
        return None
    codes: NDArray[np.int32] = _sorted(reading.column(name), order)
    return None if (codes == MISSING_CODE).all() else codes


def _sorted(column: NDArray[Any], order: NDArray[np.int64] | None) -> NDArray[Any]:
    return column if order is None else column[order]
