"""What the measures refuse to compute, each with a code that a caller can show."""


class MeasureError(ValueError):
    """A measure that cannot be computed from what was given."""

    code = "measure_error"


class InvalidInput(MeasureError):
    """Numbers that cannot be: a negative age, a last purchase after today, arrays of different length."""

    code = "invalid_input"


class NobodyRepeated(MeasureError):
    """No customer bought twice, so nothing can be learned about how customers buy again or leave."""

    code = "nobody_repeated"


class InconsistentJudgements(MeasureError):
    """Comparisons that contradict each other too much to be turned into weights; names the one to look at first."""

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
