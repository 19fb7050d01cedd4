import re
import tomllib
from pathlib import Path

from simulations.datasets import DATASETS
from simulations.datasets.sentences import SENTENCES
from simulations.grid import parse_grid
from simulations.learners import LEARNERS
from simulations.strategies.sequences import SEQUENCE_STRATEGIES

PAGE = (Path(__file__).parents[4] / "docs" / "method" / "tagging.md").read_text("utf-8")


def test_every_setting_and_strategy_is_told():
    settings = {key for entry in SENTENCES for key in entry.defaults} | set(LEARNERS["tagger"].defaults)
    assert {key for key in settings if f"| `{key}` |" not in PAGE} == set()
    assert {s.name for s in SEQUENCE_STRATEGIES if f"| `{s.name}` |" not in PAGE} == set()


def test_defaults_are_told_as_they_are():
    for key, value in {**DATASETS["synthetic-tags"].defaults, **LEARNERS["tagger"].defaults}.items():
        shown = (
            str(value).lower() if isinstance(value, bool) else f"{value:,}" if isinstance(value, int) else str(value)
        )
        assert f"| `{key}` | {shown} |" in PAGE


def test_the_grid_shown_is_one():
    (block,) = re.findall(r"^    \[grid\]\n(?:    .*\n)+", PAGE, flags=re.MULTILINE)
    grid = parse_grid(tomllib.loads(re.sub(r"^    ", "", block, flags=re.MULTILINE)))
    assert {t.dataset.name for t in grid.trajectories} == {"synthetic-tags"} and len(grid) == 30
