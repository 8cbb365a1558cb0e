"""Requests and responses of samples."""

from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import Field, StrictInt, model_validator

from heed_common.condition_values import FieldType, Shape
from heed_common.conditions import OPS
from heed_common.fields import Moment, RequestModel, ResponseModel, ShortText, at_most, validation_error
from heed_survey.customers.frame.rules import CONTEXT_FIELDS, FRAME_FIELDS, NUMERIC_FIELDS, PREFIX
from heed_survey.sampling.samples.rules import EVERYBODY, Allocation, Method, SampleRequest
from heed_survey.sampling.samples.tables import Sample, SampleMember

MAX_SEED = 2**53 - 1
"""The greatest whole number that every JSON reader takes exactly."""
MAX_SIZE = 10_000_000
MAX_STRATA_FIELDS = 4
MAX_DEVIATIONS = 1000

Condition = Annotated[Any, Field(json_schema_extra={"type": "object"})]
"""Parsed by `heed_common.conditions`, whose errors point to the invalid part."""
Share = Annotated[float, Field(gt=0, lt=1, allow_inf_nan=False)]
StratumField = Literal[
    "kind",
    "role",
    "buyer_type",
    "region",
    "language",
    "tier",
    "churn_band",
    "loyalty_class",
    "lifecycle_stage",
    "service_point_id",
    "lost",
]
NumericField = Literal["churn_risk", "purchases", "days", "days_since_purchase"]
Count = Annotated[StrictInt, Field(ge=1, le=MAX_SIZE)]
Deviation = Annotated[float, Field(ge=0, le=1e12, allow_inf_nan=False)]


class SampleIn(RequestModel):
    """How to draw a sample. With the same frame and seed it has the same members."""

    frame: Condition = EVERYBODY
    """Condition on customers, such as `{"field": "customer.region", "op": "eq", "value": "north"}`; default: all."""
    method: Method
    """How customers are drawn."""
    seed: Annotated[StrictInt, Field(ge=0, le=MAX_SEED)]
    size: Count | None = None
    """Customers to draw; or else the margin."""
    margin: Share | None = None
    """Half-interval of a share, .05 for ± 5 points: the size follows, with the correction for a finite population."""
    share: Share = 0.5
    """Expected share; one half is the worst case."""
    confidence: Share = 0.95
    """Probability with which the margin holds."""
    response_rate: Annotated[float, Field(gt=0, le=1, allow_inf_nan=False)] = 1.0
    """Expected share of those drawn who respond: for a margin more are drawn accordingly."""
    design_effect: Annotated[float, Field(gt=0, le=100, allow_inf_nan=False)] = 1.0
    """Expected variance relative to a simple sample; clusters usually have 1.5 to 3."""
    strata: Annotated[tuple[StratumField, ...], Field(max_length=MAX_STRATA_FIELDS), at_most(MAX_STRATA_FIELDS)] = ()
    allocation: Allocation = Allocation.PROPORTIONAL
    """`optimal` draws more where customers differ more; only for stratified samples."""
    spread_of: NumericField | None = None
    """Field whose deviation in each stratum an optimal allocation uses."""
    deviations: (
        Annotated[dict[ShortText, Deviation], Field(max_length=MAX_DEVIATIONS), at_most(MAX_DEVIATIONS)] | None
    ) = None
    """Deviations by the label of a stratum, as a dry run shows it, such as from an earlier wave."""
    cluster: Literal["service_point_id"] | None = None
    """Field whose values are drawn as a whole; null: customers are drawn singly."""
    clusters: Count | None = None
    """Clusters to draw; default: as many as are expected to give the size."""
    per_cluster: Count | None = None
    """Customers to draw from each cluster in a second stage; default: all of them."""

    @model_validator(mode="after")
    def _has_a_size(self) -> Self:
        given = sum(value is not None for value in (self.size, self.margin))
        if self.method is Method.CENSUS:
            if given:
                raise validation_error("size_of_census", "takes all customers of the frame, so no size and no margin")
        elif given == 2 or (given == 0 and self.clusters is None):
            raise validation_error("size_missing", "needs either a size or a margin")
        return self

    @model_validator(mode="after")
    def _fits_the_method(self) -> Self:
        needs_strata = self.method in (Method.STRATIFIED, Method.QUOTA)
        if needs_strata and not self.strata:
            raise validation_error("strata_missing", "needs strata with this method")
        if self.strata and not (needs_strata or self.method is Method.SYSTEMATIC):
            raise validation_error("strata_unused", "takes strata with the methods stratified, quota and systematic")
        if len(set(self.strata)) != len(self.strata):
            raise validation_error("strata_repeated", "may name each field of strata only once")
        return self

    @model_validator(mode="after")
    def _fits_the_allocation(self) -> Self:
        optimal = self.method is Method.STRATIFIED and self.allocation is Allocation.OPTIMAL
        sources = (self.spread_of is not None) + bool(self.deviations)
        if optimal and sources != 1:
            raise validation_error("deviation_missing", "needs either spread_of or deviations to be optimal")
        if not optimal and (sources or self.allocation is Allocation.OPTIMAL):
            raise validation_error("allocation_unused", "takes deviations only with an optimal stratified sample")
        return self

    @model_validator(mode="after")
    def _fits_the_clusters(self) -> Self:
        clustered = self._effective_method() is Method.CLUSTER
        if clustered and self.cluster is None:
            raise validation_error("cluster_missing", "needs cluster, such as service_point_id")
        if not clustered and (self.cluster or self.clusters or self.per_cluster):
            raise validation_error("cluster_unused", "takes clusters only with the methods cluster and simple")
        return self

    def to_domain(self) -> SampleRequest:
        values = {name: getattr(self, name) for name in type(self).model_fields}
        return SampleRequest(**values | {"method": self._effective_method()})

    def _effective_method(self) -> Method:
        """Return `cluster` for a simple sample that names a cluster: the simple sample is one of clusters."""
        return Method.CLUSTER if self.method is Method.SIMPLE and self.cluster else self.method


class StratumOut(ResponseModel):
    label: str
    """Values of its fields as one text."""
    values: dict[str, Any]
    """Values by field."""
    population: int
    """Customers of the frame in it."""
    size: int
    """Customers drawn; in a quota sample the target, relative to the other strata."""
    weight: float | None
    """Customers that each drawn one represents; null in a quota sample."""


class SampleOut(ResponseModel):
    """A sample, or what it would be; its weights sum to the population but in a cluster sample, where they estimate it.

    `population` is the number of customers in the frame, `responses_needed` follows from the margin.
    """

    id: UUID | None
    """Null in a dry run."""
    survey_id: UUID
    method: Method
    """How customers were drawn."""
    seed: int
    request: dict[str, Any]
    """The request, with its defaults."""
    population: int
    """Customers in the frame."""
    size: int
    """Customers drawn."""
    responses_needed: int | None
    """For the margin; null if the request named the size."""
    responses_expected: float
    """Customers drawn times the expected response rate."""
    margin_expected: float | None
    """Half-interval of a share at the expected responses; null in a quota sample."""
    weighting_effect: float | None
    """Design effect of unequal weights alone."""
    strata: list[StratumOut]
    clusters: int | None
    """Clusters in the frame; null if customers were drawn singly."""
    clusters_drawn: int | None
    """Clusters drawn; null if customers were drawn singly."""
    without_cluster: int
    """Customers whose cluster is unknown; they are not in the frame of a cluster sample."""
    frame_hash: str
    """Equal for equal frames."""
    created_at: Moment

    @classmethod
    def from_row(cls, sample: Sample, *, dry_run: bool = False) -> "SampleOut":
        return cls.model_validate(
            sample.plan
            | {
                "id": None if dry_run else sample.id,
                "survey_id": sample.survey_id,
                "method": sample.method,
                "seed": sample.seed,
                "request": sample.request,
                "created_at": sample.created_at,
            }
        )


class MemberOut(ResponseModel):
    customer_id: UUID
    weight: float | None
    """Customers that this one represents; null in a quota sample."""
    stratum: str | None
    cluster: str | None
    """Cluster with which it was drawn; null if drawn singly."""
    population: int | None
    """Size of the stratum, or number of clusters, for the finite population correction; null if none."""
    second_population: int | None
    """Customers of the cluster; null without a second stage."""

    @classmethod
    def from_row(cls, member: SampleMember) -> "MemberOut":
        return cls(**{name: getattr(member, name) for name in cls.model_fields})


class FrameFieldOut(ResponseModel):
    """A field of conditions on customers."""

    field: str
    """Name in conditions, such as `customer.region`."""
    shape: Shape
    """Type of its values."""
    choices: list[str]
    """All possible values; empty if they are not a closed list."""
    ops: list[str]
    """Operators that conditions may use with it."""
    stratum: bool
    """Whether samples can be stratified by it."""
    context: bool
    """Whether it is stored with each response, so that quotas and analyses can use it."""

    @classmethod
    def from_domain(cls, name: str, kind: FieldType) -> "FrameFieldOut":
        return cls(
            field=f"{PREFIX}{name}",
            shape=kind.shape,
            choices=list(kind.choices),
            ops=sorted(OPS[kind.shape]),
            stratum=name not in NUMERIC_FIELDS and name != "selling_suspended",
            context=name in CONTEXT_FIELDS,
        )


class FrameFieldsOut(ResponseModel):
    fields: list[FrameFieldOut]
    """All fields of conditions on customers."""

    @classmethod
    def all(cls) -> "FrameFieldsOut":
        return cls(fields=[FrameFieldOut.from_domain(name, kind) for name, kind in FRAME_FIELDS.items()])
