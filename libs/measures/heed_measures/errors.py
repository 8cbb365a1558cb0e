"""Errors of the measures, each with a code that a caller can show."""


class MeasureError(ValueError):
    """A measure cannot be computed from its input."""

    code = "measure_error"


class InvalidInput(MeasureError):
    """The input is impossible: a negative age, a last purchase after today, arrays of different length."""

    code = "invalid_input"


class NoRepeatedPurchase(MeasureError):
    """No customer bought twice, so a purchase model cannot be fitted."""

    code = "nobody_repeated"


class InconsistentJudgements(MeasureError):
    """Pairwise judgements contradict each other too much; names the judgement to revise first."""

    code = "inconsistent_judgements"

    def __init__(self, *, ratio: float, worst: tuple[int, int], given: float, suggested: float) -> None:
        super().__init__(
            f"Consistency ratio {ratio:.3f} is above the limit; most inconsistent: row {worst[0]}, column {worst[1]}, "
            f"judged {given:.4g}, the other judgements imply {suggested:.4g}."
        )
        self.ratio = ratio
        self.worst = worst
        self.given = given
        self.suggested = suggested
