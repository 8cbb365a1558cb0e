"""Loyalty weights: the operator's pairwise judgements as weights, level by level. Pure."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from heed_measures import ahp
from heed_measures.errors import InconsistentJudgements as Contradiction
from heed_scoring.engine.loyalty.errors import InconsistentJudgements

WEIGHT_DIGITS = 6
DEFAULT_CUT_OFF = 60.0
LEVELS: Mapping[str, tuple[str, ...]] = {
    "loyalty": ("behaviour", "attitude"),
    "behaviour": (
        "repeat_purchases",
        "relationship_weeks",
        "recency",
        "returned_share",
        "referrals",
        "cross_buying",
    ),
    "attitude": ("satisfaction", "recommendation", "effort"),
}
"""Criteria of each level of the tree; an earlier one is `judgement` times as important as a later one."""
DEFAULT_JUDGEMENTS: Mapping[str, tuple[float, ...]] = {
    "loyalty": (3.0,),
    "behaviour": (2.0, 2.0, 3.0, 4.0, 4.0, 0.5, 2.0, 2.0, 2.0, 2.0, 3.0, 3.0, 1.0, 1.0, 1.0),
    "attitude": (3.0, 4.0, 2.0),
}
"""Heed's own † until an operator changes them; the pairs of each level above the diagonal, row by row."""
DEFAULT_WEIGHT_VALUES: Mapping[str, float] = {
    "behaviour": 0.75,
    "attitude": 0.25,
    "repeat_purchases": 0.34402,
    "relationship_weeks": 0.160521,
    "recency": 0.233864,
    "returned_share": 0.094641,
    "referrals": 0.083477,
    "cross_buying": 0.083477,
    "satisfaction": 0.625013,
    "recommendation": 0.238487,
    "effort": 0.1365,
}
"""Result of `DEFAULT_JUDGEMENTS`, written down so that the default model has the same name on every machine."""


@dataclass(frozen=True)
class LoyaltyWeights:
    """Weights of the loyalty index: judgements, the weights they imply, and the cut-offs of a high index."""

    judgements: Mapping[str, tuple[float, ...]]
    weights: Mapping[str, float]
    attitude_cut: float = DEFAULT_CUT_OFF
    behaviour_cut: float = DEFAULT_CUT_OFF


DEFAULT_WEIGHTS = LoyaltyWeights(DEFAULT_JUDGEMENTS, DEFAULT_WEIGHT_VALUES)


def weights_from_judgements(
    judgements: Mapping[str, Sequence[float]], *, attitude_cut: float, behaviour_cut: float
) -> LoyaltyWeights:
    """Return the weights of judgements. Raises `InconsistentJudgements`, naming the judgement to revise first."""
    complete = {level: tuple(map(float, judgements[level])) for level in LEVELS}
    weights = {name: weight for level in LEVELS for name, weight in _level_weights(level, complete[level]).items()}
    return LoyaltyWeights(complete, weights, attitude_cut, behaviour_cut)


def consistency(judged: LoyaltyWeights) -> dict[str, float]:
    """Return the consistency ratio of each level."""
    return {level: round(_ratio(level, judged.judgements[level]), WEIGHT_DIGITS) for level in LEVELS}


def revision(judged: LoyaltyWeights) -> int:
    """Return the entity tag of the judgements."""
    written = json.dumps(to_json(judged), sort_keys=True).encode()
    return int.from_bytes(hashlib.sha256(written).digest()[:7])


def pairs(level: str) -> list[tuple[str, str]]:
    """Return the compared pairs of the level, in the order of the judgements."""
    return list(combinations(LEVELS[level], 2))


def to_json(judged: LoyaltyWeights) -> dict[str, Any]:
    """Return the weights as stored in a model's parameters."""
    return {
        "judgements": {level: list(given) for level, given in judged.judgements.items()},
        "weights": dict(judged.weights),
        "cut_offs": {"attitude": judged.attitude_cut, "behaviour": judged.behaviour_cut},
    }


def from_json(stored: Mapping[str, Any]) -> LoyaltyWeights:
    """Return the weights that `to_json` has written."""
    given, cuts = stored["judgements"], stored["cut_offs"]
    return LoyaltyWeights(
        {level: tuple(map(float, given[level])) for level in LEVELS},
        {name: float(weight) for name, weight in stored["weights"].items()},
        float(cuts["attitude"]),
        float(cuts["behaviour"]),
    )


def _level_weights(level: str, given: Sequence[float]) -> dict[str, float]:
    names = LEVELS[level]
    try:
        weights = ahp.weights(ahp.matrix_from_upper(given, len(names))).weights.tolist()
    except Contradiction as found:
        raise _inconsistency(level, found) from None
    return {name: round(weight, WEIGHT_DIGITS) for name, weight in zip(names, weights, strict=True)}


def _ratio(level: str, given: Sequence[float]) -> float:
    return ahp.weights(ahp.matrix_from_upper(given, len(LEVELS[level]))).consistency_ratio


def _inconsistency(level: str, found: Contradiction) -> InconsistentJudgements:
    first, second = (LEVELS[level][position] for position in found.worst)
    position, suggested = pairs(level).index((first, second)), float(f"{found.suggested:.3g}")
    return InconsistentJudgements(
        f"Of the judgements on {level} the one of {first} against {second} contradicts the others most: "
        f"they imply {suggested:g}.",
        pointer=f"/judgements/{level}/{position}",
        level=level,
        first=first,
        second=second,
        suggested=suggested,
        consistency_ratio=round(found.ratio, 3),
        limit=ahp.MAX_CONSISTENCY_RATIO,
    )
