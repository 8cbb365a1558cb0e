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
