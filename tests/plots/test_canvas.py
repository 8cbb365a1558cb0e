"""The sheet of all plots: hostile texts, long titles, and slides without anything to draw."""

import warnings

import pytest

from heed_plots import canvas
from heed_plots.labels import fit_label

HOSTILE = [
    "𠮷野家 婷馨鑫", "A" * 200, "送货迟到且无人接听" * 22, "خدمة العملاء متأخرة جدا", "שירות לקוחות",
    "evil\u202egnp.exe\x00\x07",
    "👍 🎉 👨‍👩‍👧 ❤️", "$x^2$ \\frac{ $5", "e\u0301\u0300", "हिन्दी ภาษาไทย 한국어", " ", "",
]  # fmt: skip


def slide():
    figure = canvas.new_figure(HOSTILE[1], HOSTILE[2], HOSTILE[1], height=8)
    axes = canvas.strip_axes(figure.add_axes((0.3, 0.1, 0.6, 0.7)))
    axes.set_yticks(range(len(HOSTILE)), [fit_label(text, width=30) for text in HOSTILE])
    for row, text in enumerate(HOSTILE):
        axes.text(0.0, row, text[:30])
    return figure


def texts_of(figure):
    return [text.get_text() for text in figure.texts]


@pytest.mark.parametrize("kind", ["png", "svg"])
def test_texts_of_any_kind_are_drawn_without_a_warning_and_the_same_again(kind):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        content = canvas.render(slide, kind)
    assert content == canvas.render(slide, kind)
    assert kind == "png" or b"<title>AAA" in content


def test_no_text_and_no_label_leaves_the_slide():
    with canvas.drawing(slide) as figure:
        figure.draw_without_rendering()
        boxes = [text.get_window_extent() for text in (*figure.texts, *figure.axes[0].get_yticklabels())]
        assert len(boxes) == 3 + len(HOSTILE)
        assert all(box.x0 >= 0 and box.x1 <= figure.bbox.width for box in boxes)


def test_a_long_title_shrinks_and_then_has_a_second_line():
    sizes = [canvas.new_figure("x" * length, "").texts[0].get_fontsize() for length in (70, 84, 120)]
    assert sizes == [15, 12.5, 12.5]
    assert [text.count("\n") for text in texts_of(canvas.new_figure("word " * 30, "s"))[:2]] == [1, 0]


def test_what_is_empty_has_no_axes_and_names_what_to_do():
    figure = canvas.empty_figure("Nothing yet", "Complaints by category", "Record the first complaint.")
    assert figure.axes == []
    assert "Record the first complaint." in texts_of(figure)
