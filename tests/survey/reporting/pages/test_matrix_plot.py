"""Attributes are where their numbers are, and all of them are inside the plot."""

from hypothesis import given
from hypothesis import strategies as st

from heed_survey.analysis.results.documents import EstimateOut
from heed_survey.reporting.content.document import AttributePart, MatrixPart, Text
from heed_survey.reporting.pages.matrix_plot import HEIGHT, WIDTH, to_plot

LEVELS = st.floats(1, 5)


def cell(value: float) -> EstimateOut:
    return EstimateOut(
        estimate=value, se=0.1, low=value - 0.3, high=value + 0.3, n=50, effective_n=50.0, design="strata"
    )


def plot_of(pairs):
    attributes = tuple(
        AttributePart(
            item=f"q{number}",
            text=Text(en="x", zh=None),
            importance=cell(importance),
            performance=cell(performance),
            region="strength",
            certain=True,
        )
        for number, (importance, performance) in enumerate(pairs)
    )
    means = [sum(values) / len(pairs) for values in zip(*pairs, strict=True)]
    return to_plot(
        MatrixPart(
            importance="stated",
            importance_axis=means[0],
            performance_axis=means[1],
            importance_zone=0.1,
            performance_zone=0.1,
            attributes=attributes,
        ),
        "en",
    )


@given(st.lists(st.tuples(LEVELS, LEVELS), min_size=2, max_size=12))
def test_every_attribute_is_inside_the_plot_on_its_side_of_the_axes(pairs):
    plot = plot_of(pairs)
    for point, (importance, performance) in zip(plot.points, pairs, strict=True):
        assert 0 <= point.left <= point.x <= point.right <= WIDTH
        assert 0 <= point.top <= point.y <= point.bottom <= HEIGHT
        assert (point.x >= plot.upright.middle) == (performance >= sum(p for _, p in pairs) / len(pairs)) or (
            abs(point.x - plot.upright.middle) <= 0.1
        )
        assert (point.y <= plot.across.middle) == (importance >= sum(i for i, _ in pairs) / len(pairs)) or (
            abs(point.y - plot.across.middle) <= 0.1
        )


def test_what_is_more_important_is_higher_and_what_is_done_better_is_further_right():
    low, high = plot_of([(2.0, 3.0), (4.0, 5.0)]).points
    assert high.y < low.y
    assert high.x > low.x
