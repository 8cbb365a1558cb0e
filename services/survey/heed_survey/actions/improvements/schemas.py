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
    owner: ShortText
    due_on: date
    done_on: date | None = None
    figure: Figure
    item: ShortText | None = None
    """Code of the item whose mean, score or share should change; an index has none."""
    direction: Direction = Direction.INCREASE
    size: Annotated[float, Field(gt=0, le=1000, allow_inf_nan=False)]
    """Expected change, in the unit of the figure; of `csat` a share from 0 to 1."""
    before_wave: ShortText
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
    before_wave: str
    after_wave: str | None
    created_at: Moment


class ImprovementEffectOut(WaveDifferenceOut):
    """The change between the waves. `is_reached`: whether the estimate is at least the expected change."""

    direction: Direction
    size: float
    verdict: Verdict
    is_reached: bool | None
