"""Requests and responses of improvement actions."""

from datetime import date
from typing import Annotated
from uuid import UUID

from pydantic import Field

from heed_common.fields import Moment, RequestModel, ResponseModel, ShortText
from heed_survey.actions.improvements.rules import Direction, ImprovementTerms, Verdict
from heed_survey.analysis.results.trend import Figure
from heed_survey.analysis.results.wave_difference import WaveDifferenceOut


class ImprovementIn(RequestModel):
    """What is changed until when, and the change of a figure between two waves that is expected of it."""

    action: ShortText
    """What is changed, in free text."""
    owner: ShortText
    """Who sees to it."""
    due_on: date
    done_on: date | None = None
    figure: Figure
    """Which figure should change."""
    item: ShortText | None = None
    """Code of the item whose mean, score or share should change; an index has none."""
    direction: Direction = Direction.INCREASE
    """Whether the figure should rise or fall."""
    size: Annotated[float, Field(gt=0, le=1000, allow_inf_nan=False)]
    """Expected change, in the unit of the figure; of `csat` a share from 0 to 1."""
    before_wave: ShortText
    """Code of the wave asked before the change."""
    after_wave: ShortText | None = None
    """May be named later."""

    def to_domain(self) -> ImprovementTerms:
        return ImprovementTerms(**{name: getattr(self, name) for name in type(self).model_fields})


class ImprovementOut(ResponseModel):
    id: UUID
    survey_id: UUID
    action: str
    owner: str
    due_on: date
    done_on: date | None
    figure: Figure
    item: str | None
    direction: Direction
    size: float
    """Expected change, in the unit of the figure; of `csat` a share from 0 to 1."""
    before_wave: str
    after_wave: str | None
    """Code of the wave asked after the change; null while it is not named."""
    created_at: Moment


class ImprovementEffectOut(WaveDifferenceOut):
    """The change between the waves. `is_reached`: whether the estimate is at least the expected change."""

    direction: Direction
    """Whether the figure should rise or fall."""
    size: float
    """Expected change, in the unit of the figure."""
    verdict: Verdict
    """`unclear` if the interval of the change contains 0."""
    is_reached: bool | None
    """Whether the estimate is at least the expected change; null if there is none."""
