"""Requests of samples, and the sizes that follow from them. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any
from uuid import UUID

from heed_measures.surveys import sample_size
from heed_survey.customers.frame.rules import PREFIX

EVERYBODY: Mapping[str, Any] = {"all": []}
MIN_CLUSTERS = 2
"""One cluster shows nothing of the spread between clusters."""


class Method(StrEnum):
    SIMPLE = "simple"
    STRATIFIED = "stratified"
    SYSTEMATIC = "systematic"
    CLUSTER = "cluster"
    QUOTA = "quota"
    CENSUS = "census"


class Allocation(StrEnum):
    PROPORTIONAL = "proportional"
    OPTIMAL = "optimal"


@dataclass(frozen=True, slots=True)
class SampleRequest:
    """How to draw a sample."""

    method: Method
    seed: int
    frame: Mapping[str, Any] = field(default_factory=lambda: EVERYBODY)
    size: int | None = None
    margin: float | None = None
    share: float = 0.5
    confidence: float = sample_size.CONFIDENCE
    response_rate: float = 1.0
    design_effect: float = 1.0
    strata: tuple[str, ...] = ()
    allocation: Allocation = Allocation.PROPORTIONAL
    spread_of: str | None = None
    deviations: Mapping[str, float] | None = None
    """By the label of the stratum."""
    cluster: str | None = None
    clusters: int | None = None
    per_cluster: int | None = None

    @property
    def optimizes(self) -> bool:
        return self.method is Method.STRATIFIED and self.allocation is Allocation.OPTIMAL

    def fields_besides(self, conditions: Sequence[str]) -> tuple[str, ...]:
        """Return the fields of the frame that are read, sorted; those of conditions have a prefix."""
        own = {*self.strata, *filter(None, (self.cluster, self.spread_of))}
        return tuple(sorted(own | {name.removeprefix(PREFIX) for name in conditions}))

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Sizes:
    """How many responses are needed, and how many customers are drawn for them."""

    responses: int | None
    """Needed for the margin; None where the request names the size."""
    drawn: int

    @classmethod
    def of(cls, request: SampleRequest, population: int) -> "Sizes":
        if request.method is Method.CENSUS:
            return cls(None, population)
        if request.margin is None:
            return cls(None, population if request.size is None else request.size)
        responses = sample_size.size_for_share(
            request.margin,
            share=request.share,
            population=population,
            design_effect=request.design_effect,
            confidence=request.confidence,
        )
        drawn = sample_size.invitations_for(responses, response_rate=request.response_rate, population=population)
        return cls(responses, drawn)


@dataclass(frozen=True, slots=True)
class StratumPlan:
    label: str
    values: Mapping[str, Any]
    population: int
    size: int
    weight: float | None


@dataclass(frozen=True, slots=True)
class SamplePlan:
    """What a sample consists of; all of it is shown before anything is stored."""

    population: int
    size: int
    responses_needed: int | None
    responses_expected: float
    margin_expected: float | None
    """Half-interval of a share at the expected responses, with the assumed design effect."""
    weighting_effect: float | None
    """Design effect of unequal weights alone, by Kish."""
    strata: tuple[StratumPlan, ...]
    clusters: int | None
    """Clusters in the frame."""
    clusters_drawn: int | None
    without_cluster: int
    """Customers of the frame whose cluster is unknown: they cannot be drawn."""
    frame_hash: str
    """SHA-256 of the frame's ids: two samples of one frame and seed have the same members."""

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class MemberDesign:
    """The design of one member, which travels with its response."""

    customer_id: UUID
    weight: float | None
    stratum: str | None
    cluster: str | None
    population: int | None
    second_population: int | None
