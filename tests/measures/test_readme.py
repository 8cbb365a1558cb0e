"""The README is true: its example runs, and it names every module."""

from pathlib import Path

import numpy as np
import pytest

import heed_measures

README = Path(heed_measures.__file__).parents[1] / "README.md"


def test_the_example_of_the_readme_runs_and_its_reasons_add_up():
    example = README.read_text(encoding="utf-8").split("```python")[1].split("```")[0]
    found = {}
    exec(compile(example, str(README), "exec"), found)  # noqa: S102
    assert found["reasons"].sum(axis=1) == pytest.approx(found["risk"] - found["forecast"].inactive)
    assert found["risk"][0] > found["forecast"].inactive[0]
    assert found["risk"][2] < found["forecast"].inactive[2]
    assert (found["potential"] > 0).all()
    assert np.isfinite(found["potential"]).all()


def test_the_readme_names_every_module():
    text = README.read_text(encoding="utf-8")
    files = {path.stem for path in Path(heed_measures.__file__).parent.rglob("*.py")} - {"__init__"}
    assert {name for name in files if f"`{name}`" not in text} == set()
