"""How much each sign of loyalty weighs: the operator's pairwise judgements as weights, level by level. Pure."""

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
"""What is compared with each other on each level of the tree; an earlier one is `judgement` times as important."""
DEFAULT_JUDGEMENTS: Mapping[str, tuple[float, ...]] = {
    "loyalty": (3.0,),
    "behaviour": (2.0, 2.0, 3.0, 4.0, 4.0, 0.5, 2.0, 2.0, 2.0, 2.0, 3.0, 3.0, 1.0, 1.0, 1.0),
    "attitude": (3.0, 4.0, 2.0),
}
"""Ours † until an operator judges otherwise; each level's pairs above the diagonal, row by row."""
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
"""What `SEED` comes to: written down, so that the built-in model has the same name on every machine."""


@dataclass(frozen=True)
class LoyaltyWeights:
    """A model's share of loyalty: the judgements, the weights that they come to, and from where on an index is high."""

    judgements: Mapping[str, tuple[float, ...]]
    weights: Mapping[str, float]
    attitude_cut: float = DEFAULT_CUT_OFF
    behaviour_cut: float = DEFAULT_CUT_OFF


DEFAULT_WEIGHTS = LoyaltyWeights(DEFAULT_JUDGEMENTS, DEFAULT_WEIGHT_VALUES)


def weights_from_judgements(
    judgements: Mapping[str, Sequence[float]], *, attitude_cut: float, behaviour_cut: float
) -> LoyaltyWeights:
    """Raises `InconsistentJudgements` where those of a level contradict each other, naming the one to look at first."""
    kept = {level: tuple(map(float, judgements[level])) for level in LEVELS}
    weights = {name: weight for level in LEVELS for name, weight in _level_weights(level, kept[level]).items()}
    return LoyaltyWeights(kept, weights, attitude_cut, behaviour_cut)


def consistency(judged: LoyaltyWeights) -> dict[str, float]:
    """The consistency ratio of each level."""
    return {level: round(_ratio(level, judged.judgements[level]), WEIGHT_DIGITS) for level in LEVELS}


def revision(judged: LoyaltyWeights) -> int:
    """The same number for the same judgements: their entity tag."""
    written = json.dumps(to_json(judged), sort_keys=True).encode()
    return int.from_bytes(hashlib.sha256(written).digest()[:7])


def pairs(level: str) -> list[tuple[str, str]]:
    """What each judgement of the level compares, in their order."""
    return list(combinations(LEVELS[level], 2))


def to_json(judged: LoyaltyWeights) -> dict[str, Any]:
    """As a model's parameters hold it."""
    return {
        "judgements": {level: list(given) for level, given in judged.judgements.items()},
        "weights": dict(judged.weights),
        "cut_offs": {"attitude": judged.attitude_cut, "behaviour": judged.behaviour_cut},
    }


def from_json(stored: Mapping[str, Any]) -> LoyaltyWeights:
    """The inverse of `to_json`."""
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
    first, second = (LEVELS[level][place] for place in found.worst)
    place, suggested = pairs(level).index((first, second)), float(f"{found.suggested:.3g}")
    return InconsistentJudgements(
        f"Of the judgements on {level} the one of {first} against {second} contradicts the others most: "
        f"they imply {suggested:g}.",
        pointer=f"/judgements/{level}/{place}",
        level=level,
        first=first,
        second=second,
        suggested=suggested,
        consistency_ratio=round(found.ratio, 3),
        limit=ahp.MAX_CONSISTENCY_RATIO,
    )
