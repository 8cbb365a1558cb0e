"""Use case of reading: all responses of a survey as one data set, the versions that share items together."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple
from uuid import UUID

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Row

from heed_common.database import Database
from heed_measures.errors import InvalidInput
from heed_measures.surveys.design import Design
from heed_survey.analysis.errors import DesignInvalid, NoResponses
from heed_survey.analysis.loading import repository
from heed_survey.analysis.loading.repository import ReadPlan
from heed_survey.analysis.table.columns import MISSING_CODE, Column, Floats, concatenated, remapped, text_column
from heed_survey.analysis.table.dataset import NOTHING_KNOWN, Dataset, Link
from heed_survey.call_backs.facts import service as facts
from heed_survey.call_backs.facts.rules import MET, NOT_MET, PREFIX, Fact
from heed_survey.responses.encoding import MISSING_NUMBER, NOT_SHOWN, columns, item_columns, record_type
from heed_survey.responses.encoding import NUMBERS as NUMBER_TYPES
from heed_survey.surveys.questionnaire.items import Item
from heed_survey.surveys.questionnaire.questionnaire import Questionnaire

DESIGN_TEXTS = ("stratum", "cluster", "second_cluster")

Encoded = NDArray[np.generic]


class Version(NamedTuple):
    """The pages of one version."""

    questionnaire: Questionnaire
    pages: Sequence[Row[Any]]


async def load_dataset(
    database: Database, *, survey_id: UUID, questionnaires: Mapping[int, Questionnaire], plan: ReadPlan
) -> Dataset:
    """Return the responses to all versions, in terms of the newest. Raises `NoResponses`, `DesignInvalid`."""
    versions = []
    for number, questionnaire in sorted(questionnaires.items()):
        pages = [page async for page in repository.read_pages(database, survey_id, number, plan)]
        versions += [Version(questionnaire, pages)] if pages else []
    if not versions:
        raise NoResponses
    newest = questionnaires[max(questionnaires)]
    pages = [page for version in versions for page in version.pages]
    links = [] if plan.facts == "none" else [await _load_links(database, page, plan) for page in pages]
    return await asyncio.to_thread(_assemble, newest, versions, plan, [link for part in links for link in part])


async def _load_links(database: Database, page: Row[Any], plan: ReadPlan) -> list[Link]:
    """Return what the respondents of a page had experienced, in its order."""
    ids = [UUID(bytes=page.id[start : start + 16]) for start in range(0, len(page.id), 16)]
    async with database.transaction() as session:
        respondents = await repository.list_respondents(session, ids)
        found = await facts.experiences(session, respondents, confidential=plan.facts == "all")
    return [Link(id_, found.get(id_, NOTHING_KNOWN)) for id_ in ids]


def _assemble(newest: Questionnaire, versions: Sequence[Version], plan: ReadPlan, links: Sequence[Link]) -> Dataset:
    pages = [page for version in versions for page in version.pages]
    positions = _packed(pages, "position", ">i4").astype(np.int64) if plan.is_controlled else None
    order = None if positions is None else np.argsort(positions)
    encoded: dict[str, Encoded] = {}
    tables = [_decoded(version) for version in versions]
    for item in newest.items:
        for name in item_columns(item):
            parts = [_of_version(item, name, version, table) for version, table in zip(versions, tables, strict=True)]
            encoded[name] = _sorted(concatenated(parts), order)
    texts = {name: _text(pages, name, order) for name in plan.texts}
    context = {name: _text(pages, f"context_{name}", order) for name in plan.context}
    return Dataset(
        questionnaire=newest,
        encoded=encoded,
        context={**context, **texts, **_fact_columns(links, order)},
        design=_design(pages, plan, texts, order),
        flagged=_sorted(_packed(pages, "flags", ">i2") > 0, order),
        positions=None if positions is None else _sorted(positions, order),
        links=() if positions is not None else links,
    )


def _fact_columns(links: Sequence[Link], order: NDArray[np.int64] | None) -> dict[str, Column]:
    """Return a column of each fact by the name of its field."""
    if not links:
        return {}
    columns = {}
    for fact in Fact:
        known = (link.experience.facts.get(fact) for link in links)
        codes = np.fromiter((MISSING_CODE if met is None else int(not met) for met in known), np.int64, len(links))
        columns[f"{PREFIX}{fact}"] = Column(_sorted(codes, order), (MET, NOT_MET))
    return columns


def _decoded(version: Version) -> NDArray[np.void]:
    """Return the records of a version; a page is a text of bytes, so nothing is made for a single response."""
    return np.frombuffer(b"".join(page.encoded for page in version.pages), dtype=record_type(version.questionnaire))


def _of_version(item: Item, name: str, version: Version, table: NDArray[np.void]) -> Encoded:
    """Return an item's column of a version; without values where the version has no comparable item."""
    n = len(table)
    old = version.questionnaire.by_code.get(item.code)
    is_there = old is not None and name in columns(version.questionnaire)
    column = remapped(table[name], old, item) if old is not None and is_there else None
    if column is not None:
        return column
    return np.full(n, MISSING_NUMBER) if item.type in NUMBER_TYPES else np.full(n, NOT_SHOWN, dtype=np.int16)


def _design(
    pages: Sequence[Row[Any]], plan: ReadPlan, texts: Mapping[str, Column], order: NDArray[np.int64] | None
) -> Design:
    weights, population, second = (_sorted(_packed(pages, name, ">f8"), order) for name in repository.NUMBERS)
    if plan.design == "none":
        return Design.simple(len(weights))
    if plan.design == "weights":
        population = second = np.full(len(weights), np.nan)
    strata = _labels(texts.get("stratum"))
    clusters, second_clusters = (_unit_labels(texts.get(name)) for name in ("cluster", "second_cluster"))
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


def _labels(column: Column | None) -> NDArray[np.int64] | None:
    """Return the labels of the strata; responses without one are a stratum."""
    if column is None or not column.present.any():
        return None
    return column.codes + 1


def _unit_labels(column: Column | None) -> NDArray[np.int64] | None:
    """Return the labels of sampling units; responses that came without one came each on its own."""
    if column is None or not column.present.any():
        return None
    return np.where(column.present, column.codes, len(column.facts) + np.arange(len(column.codes)))


def _packed(pages: Iterable[Row[Any]], name: str, dtype: str) -> NDArray[Any]:
    kind = np.dtype(dtype)
    return np.frombuffer(b"".join(getattr(page, name) for page in pages), dtype=kind).astype(kind.newbyteorder("="))


def _text(pages: Sequence[Row[Any]], name: str, order: NDArray[np.int64] | None) -> Column:
    column = text_column([text for page in pages for text in getattr(page, name)])
    return column if order is None else column.take(order)


def _sorted(column: NDArray[Any], order: NDArray[np.int64] | None) -> NDArray[Any]:
    return column if order is None else column[order]
