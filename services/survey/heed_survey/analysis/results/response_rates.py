"""Response rates of the invitations, by the definitions of AAPOR."""

from collections import Counter
from collections.abc import Mapping, Sequence

from heed_common.fields import ResponseModel
from heed_measures.surveys.response_rates import Outcomes, response_rates
from heed_survey.analysis.errors import NoInvitations
from heed_survey.analysis.results.documents import ResultOut
from heed_survey.invitations.outcomes.rules import OUTCOME_GROUPS, Disposition


class RateOut(ResponseModel):
    """A rate between 0 and 1; null where its denominator is zero."""

    name: str
    """Name by AAPOR's Standard Definitions, such as `RR1`."""
    rate: float | None
    """From 0 to 1; null where its denominator is zero."""


class ResponseRatesOut(ResultOut):
    line = RateOut

    wave: str | None
    invitations: int
    """Invitations of the survey, or of the wave."""
    dispositions: dict[str, int]
    """Number of invitations by what became of them."""
    eligibility: float
    """Share e of the invitations of unknown eligibility that is taken to be eligible, as of those where it is known."""
    rates: list[RateOut]
    """RR1 to RR6, cooperation, refusal and contact rates."""

    def lines(self) -> Sequence[ResponseModel]:
        return self.rates


def to_response_rates(counts: Mapping[Disposition, int], *, wave: str | None) -> ResponseRatesOut:
    """Return the rates. Raises `NoInvitations`."""
    if not counts:
        raise NoInvitations
    groups: Counter[str] = Counter()
    for disposition, count in counts.items():
        groups[OUTCOME_GROUPS[disposition]] += count
    rates = response_rates(Outcomes(**groups))
    names = ("rr1", "rr2", "rr3", "rr4", "rr5", "rr6", "coop1", "coop2", "ref1", "con1")
    return ResponseRatesOut(
        wave=wave,
        invitations=sum(counts.values()),
        dispositions={str(disposition): count for disposition, count in counts.items()},
        eligibility=rates.e,
        rates=[RateOut(name=name, rate=getattr(rates, name)) for name in names],
    )
