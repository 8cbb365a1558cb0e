"""HTTP schemas of judgements."""

from typing import Annotated, Self

from pydantic import Field

from heed_common.fields import RequestModel, ResponseModel
from heed_common.languages import Language
from heed_scoring.engine.loyalty import judgements
from heed_scoring.engine.loyalty.judgements import DEFAULT_CUT_OFF, LEVELS, LoyaltyWeights
from heed_scoring.insights.loyalty_weights.labels import LABELS

Judgement = Annotated[float, Field(ge=0.1, le=10, allow_inf_nan=False, strict=True)]
"""How many times as important the first is as the second; Saaty's scale goes from 1/9 to 9."""
Points = Annotated[float, Field(ge=0, le=100, allow_inf_nan=False, strict=True)]


def _pairs(level: str) -> int:
    return len(judgements.pairs(level))


class LevelsIn(RequestModel):
    """Every pair of each level, in the order of `GET`: the upper triangle, row by row."""

    loyalty: list[Judgement] = Field(min_length=_pairs("loyalty"), max_length=_pairs("loyalty"))
    """Behaviour against attitude."""
    behaviour: list[Judgement] = Field(min_length=_pairs("behaviour"), max_length=_pairs("behaviour"))
    """Pairs of the indicators of behaviour; 3 means three times as important, 0.33 the reverse."""
    attitude: list[Judgement] = Field(min_length=_pairs("attitude"), max_length=_pairs("attitude"))
    """Pairs of the indicators of attitude, in the same way."""


class CutOffsIn(RequestModel):
    """The points from which on a side counts as high: both high is true loyalty, attitude alone latent, …"""

    attitude: Points = DEFAULT_CUT_OFF
    """Points of 0 to 100 from which attitude counts as high."""
    behaviour: Points = DEFAULT_CUT_OFF
    """Points of 0 to 100 from which behaviour counts as high."""


class JudgementsIn(RequestModel):
    judgements: LevelsIn
    """How much more important the first of each pair is, by level."""
    cut_offs: CutOffsIn = CutOffsIn()

    def to_domain(self) -> LoyaltyWeights:
        """Return the weights. Raises `InconsistentJudgements`."""
        return judgements.weights_from_judgements(
            dict(self.judgements), attitude_cut=self.cut_offs.attitude, behaviour_cut=self.cut_offs.behaviour
        )


class LevelsOut(ResponseModel):
    loyalty: list[float]
    """Behaviour against attitude; 3 means three times as important."""
    behaviour: list[float]
    """Pairs of the indicators of behaviour, in the order of `pairs`."""
    attitude: list[float]
    """Pairs of the indicators of attitude, in the order of `pairs`."""


class LoyaltyCutOffsOut(ResponseModel):
    attitude: float
    """Points of 0 to 100 from which attitude counts as high."""
    behaviour: float
    """Points of 0 to 100 from which behaviour counts as high."""


class LevelOut(ResponseModel):
    """Compared pairs of a level, and the resulting weights."""

    pairs: list[tuple[str, str]]
    """Codes of the indicators of each judgement, in their order."""
    weights: dict[str, float]
    """Weights by indicator; their sum is 1."""
    consistency_ratio: float
    """Saaty's ratio; above 0.10 judgements are refused."""


class JudgementsOut(ResponseModel):
    judgements: LevelsOut
    """How much more important the first of each pair is, by level."""
    cut_offs: LoyaltyCutOffsOut
    levels: dict[str, LevelOut]
    """Pairs and resulting weights by level."""
    labels: dict[str, str]
    """Name of each indicator."""
    model_version: str
    """The model version with these judgements."""

    @classmethod
    def from_domain(cls, judged: LoyaltyWeights, *, model_version: str, language: Language) -> Self:
        ratios = judgements.consistency(judged)
        return cls(
            judgements=LevelsOut(**{level: list(given) for level, given in judged.judgements.items()}),
            cut_offs=LoyaltyCutOffsOut(attitude=judged.attitude_cut, behaviour=judged.behaviour_cut),
            levels={
                level: LevelOut(
                    pairs=judgements.pairs(level),
                    weights={name: judged.weights[name] for name in names},
                    consistency_ratio=ratios[level],
                )
                for level, names in LEVELS.items()
            },
            labels={name: label[language] for name, label in LABELS.items()},
            model_version=model_version,
        )
