"""The query of an analysis: which responses, in which groups, with which design. Pure."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from heed_common.condition_values import TEXT, FieldType
from heed_common.conditions import All, Condition, parse
from heed_measures.surveys.design import Design
from heed_survey.analysis.disclosure.rules import Guard
from heed_survey.analysis.errors import FilterInvalid, TooManyGroups, UnknownField, WouldDisclose
from heed_survey.analysis.results.subject import Subject
from heed_survey.analysis.table.columns import Booleans
from heed_survey.analysis.table.conditions import evaluate
from heed_survey.analysis.table.dataset import Dataset, Selection
from heed_survey.analysis.table.values import shown_values
from heed_survey.call_backs.facts.rules import CONDITION_FIELDS as FACT_FIELDS
from heed_survey.customers.frame.rules import CONTEXT_CONDITION_FIELDS, CONTEXT_FIELDS
from heed_survey.surveys.questionnaire.conditions import condition_fields
from heed_survey.surveys.questionnaire.items import ItemType
from heed_survey.surveys.questionnaire.questionnaire import Questionnaire

DesignUse = Literal["full", "weights", "none"]
FlagUse = Literal["include", "exclude"]

RESPONSE_FIELDS = ("wave", "mode", "stratum", "cluster")
MAX_GROUPS = 200
FLAGS = "flags"
NOT_GROUPED = (ItemType.TEXT, ItemType.MULTIPLE)
EVERYONE = All(())


@dataclass(frozen=True, slots=True)
class Query:
    """Which responses a result is about."""

    where: Condition = EVERYONE
    by: str | None = None
    wave: str | None = None
    design: DesignUse = "full"
    flags: FlagUse = "include"

    @property
    def filtered_by(self) -> frozenset[str]:
        """Fields of the filter."""
        wave = {"wave"} if self.wave is not None else set[str]()
        return self.where.required_fields() | wave | ({FLAGS} if self.flags == "exclude" else set())

    @property
    def fields(self) -> frozenset[str]:
        """Fields that it reads."""
        return (self.filtered_by - {FLAGS}) | ({self.by} if self.by is not None else set())


def parse_where(text: str | None, questionnaire: Questionnaire) -> Condition:
    """Return the condition. Raises `FilterInvalid` for other than JSON, `ConditionError` for other than a condition."""
    if text is None:
        return EVERYONE
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        raise FilterInvalid(pointer="where") from None
    return parse(document, fields_of(questionnaire), pointer="/where")


def fields_of(questionnaire: Questionnaire) -> Mapping[str, FieldType]:
    """Return the fields that responses are selected and grouped by; an item's code comes before a field's name."""
    items = [item for item in questionnaire.items if item.type is not ItemType.TEXT]
    return {
        **CONTEXT_FIELDS,
        **CONTEXT_CONDITION_FIELDS,
        **FACT_FIELDS,
        **dict.fromkeys(RESPONSE_FIELDS, TEXT),
        **condition_fields(items),
    }


def check_by(by: str | None, questionnaire: Questionnaire) -> None:
    """Check that responses can be grouped by the field. Raises `UnknownField`."""
    ungrouped = {name for item in questionnaire.items if item.type in NOT_GROUPED for name in item.fields}
    if by is not None and (by not in fields_of(questionnaire) or by in ungrouped):
        raise UnknownField(pointer="by")


def subject_of(data: Dataset, query: Query, guard: Guard) -> Subject:
    """Return the selected responses in their groups. Raises `TooManyGroups`, `WouldDisclose`."""
    inside = evaluate(query.where, data.column, data.n)
    if query.wave is not None:
        wave = data.column("wave")
        inside &= wave.codes == (wave.labels.index(query.wave) if query.wave in wave.labels else len(wave.labels))
    if query.flags == "exclude":
        inside &= ~data.flagged
    used = replace(data, design=_design(data, query.design, guard))
    return Subject(used, _groups(data, query.by, inside, guard.k), guard, filtered_by=query.filtered_by)


def _groups(data: Dataset, by: str | None, inside: Booleans, k: int) -> Selection:
    if by is None:
        return Selection.of_all(inside)
    column = data.column(by)
    used = shown_values(column, inside, k=k)
    if len(used) > MAX_GROUPS:
        raise TooManyGroups(f"A result shows at most {MAX_GROUPS} groups.", pointer="by")
    position = np.full(len(column.facts) + 1, -1, dtype=np.int16)
    position[used] = np.arange(len(used))
    groups = np.where(inside, position[column.codes], np.int16(-1))
    return Selection(inside, groups, tuple(column.labels[code] for code in used), by)


def _design(data: Dataset, use: DesignUse, guard: Guard) -> Design:
    if use != "none":
        return data.design
    if guard.k and np.ptp(data.design.weights) > 0:
        # The difference of the weighted and the plain sum is about those with another weight only.
        raise WouldDisclose("Results without weights, beside those with them, would single out people by their weight.")
    return data.design.none()
