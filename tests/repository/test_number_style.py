"""Percentages and durations have one style: only `heed_plots.numbers` makes them."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
OWN_STYLE = re.compile(r"\.\d%}|\.\df}%|100 [*] [\w.]+:|}\s?(?:hours|小时)")
"""A share or a duration that a text formats by itself."""
PERCENTAGE_POINTS = "explain/render.py"
"""Points that a factor adds to a risk are no share."""


def test_no_text_of_a_service_formats_a_share_or_a_duration_by_itself():
    files = sorted((ROOT / "services").glob("*/heed_*/**/*.py"))
    assert len(files) > 500
    found = [
        f"{path.relative_to(ROOT)}: {match.group()}"
        for path in files
        if not path.as_posix().endswith(PERCENTAGE_POINTS) and "migrations" not in path.parts
        for match in OWN_STYLE.finditer(path.read_text("utf-8"))
    ]
    assert not found


def test_a_text_with_a_style_of_its_own_would_be_found():
    assert OWN_STYLE.search("Retention rate {rate:.1%}.")
    assert OWN_STYLE.search('f"{100 * share:.0f}"')
    assert OWN_STYLE.search("within {count} hours")
