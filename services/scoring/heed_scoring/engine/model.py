"""Scoring model: everything a score depends on beside the customer's facts and the day."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from functools import cached_property
from typing import Any

from heed_common.money_scales import SCALES, scaled
from heed_measures import churn_classifier
from heed_measures.beta_geometric import BG_NBD, MBG_NBD, BetaGeometricModel, BGParameters
from heed_measures.churn_classifier import ClassifierParameters
from heed_measures.gamma_gamma import GammaGammaParameters
from heed_scoring.engine.loyalty import judgements
from heed_scoring.engine.loyalty.judgements import DEFAULT_WEIGHTS, LoyaltyWeights
from heed_scoring.engine.money import Money

REVISION = 1
"""Raised whenever the same parameters would give other numbers."""
PURCHASE_MODELS: Mapping[str, BetaGeometricModel] = {model.name: model for model in (MBG_NBD, BG_NBD)}
PRIOR = BGParameters(r=0.525, alpha=6.18, a=0.891, b=1.614)
HORIZON_DAYS = 90
BUILT_IN_TIERS: Mapping[str, str] = {"A": "1000", "B": "300"}
"""In US dollars."""
MIN_CUSTOMERS = 200
MIN_REPEATERS = 50


@dataclass(frozen=True)
class Calibrated:
    """A churn risk learned from outcomes, with the purchase model that computes its features."""

    purchase: BGParameters
    """Parameters of MBG/NBD, fitted before the outcomes."""
    classifier: ClassifierParameters


@dataclass(frozen=True)
class ReferenceYear:
    """The 80th percentiles of a year of the population."""

    current: float
    """Current value, of customers for whom it is known directly, in the model's currency."""
    gross_profit: float
    purchase_days: float
    service_cost: float


@dataclass(frozen=True)
class Population:
    """The customers of a fit; none until the first one."""

    customers: int = 0
    repeaters: int = 0
    standard: ReferenceYear | None = None
    """None where the 80th percentile of value is not positive, so that it cannot be a reference."""

    @property
    def is_many(self) -> bool:
        """Return whether the population is large enough for statements about single customers."""
        return self.customers >= MIN_CUSTOMERS and self.repeaters >= MIN_REPEATERS


@dataclass(frozen=True)
class Model:
    """Parameters of a fit, so that a score never depends on another customer."""

    algorithm: str
    purchase: BGParameters
    margin: GammaGammaParameters | None
    """None before the first fit: a customer's own mean is used instead."""
    money: Money
    tiers: Mapping[str, str] = field(default_factory=lambda: dict(BUILT_IN_TIERS))
    revision: int = REVISION
    loyalty: LoyaltyWeights = DEFAULT_WEIGHTS
    population: Population = field(default_factory=Population)
    calibrated: Calibrated | None = None
    """If present, it replaces the purchase model as the base of the churn risk."""
    covariance: tuple[tuple[float, ...], ...] | None = None
    """Covariance of the logarithms of the purchase model's parameters."""

    @property
    def fitted(self) -> bool:
        return self.margin is not None

    @cached_property
    def version(self) -> str:
        """Return the name of the version; it identifies parameters and revision."""
        if to_json(self) == to_json(prior(Money())):
            return "prior-1"
        digest = hashlib.sha256(json.dumps(to_json(self), sort_keys=True).encode()).hexdigest()[:8]
        learned = f"calibrated-{self.algorithm}" if self.calibrated else self.algorithm
        return f"{learned if self.fitted else 'prior'}-{self.revision}-{digest}"


def prior(money: Money) -> Model:
    """Return the model before the first fit."""
    return Model(MBG_NBD.name, PRIOR, None, money, built_in_tiers(money.currency))


def built_in_tiers(currency: str) -> dict[str, str]:
    """Return the default minimum values of tiers A and B, in use until a population is large enough to fit them."""
    return {tier: scaled(least, SCALES[currency]) for tier, least in BUILT_IN_TIERS.items()}


def to_json(model: Model) -> dict[str, Any]:
    """Return the model as stored; diagnostics of the fit are stored beside it."""
    margin, learned = model.margin, model.calibrated
    return {
        "algorithm": model.algorithm,
        "revision": model.revision,
        "purchase": _purchase(model.purchase),
        "margin": {"p": margin.p, "q": margin.q, "v": margin.v} if margin else None,
        "money": asdict(model.money),
        "tiers": dict(model.tiers),
        "loyalty": judgements.to_json(model.loyalty),
        "population": asdict(model.population),
        **({"calibrated": _calibrated(learned)} if learned else {}),
        **({"covariance": model.covariance} if model.covariance else {}),
    }


def from_json(stored: dict[str, Any]) -> Model:
    """Return the model that `to_json` has written."""
    return Model(
        stored["algorithm"],
        BGParameters(**stored["purchase"]),
        GammaGammaParameters(**stored["margin"]) if stored["margin"] else None,
        Money(**stored["money"]),
        stored["tiers"],
        stored["revision"],
        judgements.from_json(stored["loyalty"]),
        _read_population(stored["population"]),
        _read_calibrated(stored["calibrated"]) if "calibrated" in stored else None,
        tuple(map(tuple, stored["covariance"])) if "covariance" in stored else None,
    )


def _purchase(parameters: BGParameters) -> dict[str, float]:
    return {"r": parameters.r, "alpha": parameters.alpha, "a": parameters.a, "b": parameters.b}


def _calibrated(learned: Calibrated) -> dict[str, Any]:
    return {"purchase": _purchase(learned.purchase), "classifier": learned.classifier.to_json()}


def _read_calibrated(stored: dict[str, Any]) -> Calibrated:
    return Calibrated(BGParameters(**stored["purchase"]), churn_classifier.from_json(stored["classifier"]))


def _read_population(stored: Mapping[str, Any]) -> Population:
    standard = stored["standard"]
    return Population(stored["customers"], stored["repeaters"], ReferenceYear(**standard) if standard else None)
