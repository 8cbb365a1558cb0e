"""Outcome rates of a survey by the definitions of AAPOR.

Source: The American Association for Public Opinion Research, *Standard Definitions: Final Dispositions of Case Codes
and Outcome Rates for Surveys*, 10th edition, 2023, "Calculating outcome rates". The share e of cases of unknown
eligibility that are eligible is estimated by the proportional method of AAPOR's rate calculator (CASRO): it is the same
as among the cases whose eligibility is known.

With I complete, P partial, R refusal and break-off, NC non-contact, O other, UH and UO unknown, NE not eligible:

    RR1 = I / ((I + P) + (R + NC + O) + (UH + UO))        RR2: I + P in the numerator
    RR3 = I / ((I + P) + (R + NC + O) + e (UH + UO))      RR4: I + P in the numerator
    RR5 = I / ((I + P) + (R + NC + O))                    RR6: I + P in the numerator
    COOP1 = I / ((I + P) + R + O)                         COOP2: I + P in the numerator
    REF1 = R / ((I + P) + (R + NC + O) + (UH + UO))
    CON1 = ((I + P) + R + O) / ((I + P) + (R + NC + O) + (UH + UO))
    e = (I + P + R + NC + O) / (I + P + R + NC + O + NE)
"""

from dataclasses import dataclass, fields


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcomes:
    """Number of cases by outcome; sums of weights for weighted rates."""

    complete: float = 0
    partial: float = 0
    refusal: float = 0
    """Refusals and break-offs."""
    non_contact: float = 0
    other: float = 0
    unknown_household: float = 0
    """Unknown whether there is an eligible unit."""
    unknown_other: float = 0
    """Unknown otherwise: of a named person, an invitation to which nothing was ever returned."""
    not_eligible: float = 0

    def __post_init__(self) -> None:
        if any(getattr(self, field.name) < 0 for field in fields(self)):
            raise ValueError("counts must not be negative")

    @property
    def interviews(self) -> float:
        return self.complete + self.partial

    @property
    def eligible(self) -> float:
        """Return the number of cases that are eligible for certain."""
        return self.interviews + self.refusal + self.non_contact + self.other

    @property
    def unknown(self) -> float:
        return self.unknown_household + self.unknown_other

    @property
    def total(self) -> float:
        return self.eligible + self.unknown + self.not_eligible


@dataclass(frozen=True, slots=True)
class ResponseRates:
    """Rates between 0 and 1; None where their denominator is zero."""

    rr1: float | None
    rr2: float | None
    rr3: float | None
    rr4: float | None
    rr5: float | None
    rr6: float | None
    coop1: float | None
    coop2: float | None
    ref1: float | None
    con1: float | None
    e: float
    """Share of eligible cases among those of unknown eligibility."""


def estimated_eligibility(outcomes: Outcomes) -> float:
    """Return e: the share of eligible cases where eligibility is known; 1 if it is known of none."""
    known = outcomes.eligible + outcomes.not_eligible
    return 1.0 if known == 0 else outcomes.eligible / known


def response_rates(outcomes: Outcomes, *, e: float | None = None) -> ResponseRates:
    """Return the outcome rates.

    `e` is the share of the cases of unknown eligibility that are eligible, from 0 to 1; by default estimated from the
    known cases. Raises `ValueError` if it is no share.
    """
    share = estimated_eligibility(outcomes) if e is None else e
    if not 0 <= share <= 1:
        raise ValueError("e must be between 0 and 1")
    known, everything = outcomes.eligible, outcomes.eligible + outcomes.unknown
    estimated = outcomes.eligible + share * outcomes.unknown
    contacted = outcomes.interviews + outcomes.refusal + outcomes.other
    return ResponseRates(
        rr1=_rate(outcomes.complete, everything),
        rr2=_rate(outcomes.interviews, everything),
        rr3=_rate(outcomes.complete, estimated),
        rr4=_rate(outcomes.interviews, estimated),
        rr5=_rate(outcomes.complete, known),
        rr6=_rate(outcomes.interviews, known),
        coop1=_rate(outcomes.complete, contacted),
        coop2=_rate(outcomes.interviews, contacted),
        ref1=_rate(outcomes.refusal, everything),
        con1=_rate(contacted, everything),
        e=share,
    )


def _rate(numerator: float, denominator: float) -> float | None:
    return None if denominator == 0 else numerator / denominator
