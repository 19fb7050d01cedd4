"""The page: its figures are what the code prints today, its charts say the same, and its plan gives the same price."""

import re
from html import escape
from pathlib import Path

import pytest

from planner.decision import decide
from planner.evidence import recorded_table
from planner.plan import parse_plan
from research.study import study_of
from research.study.__main__ import PAGE, PICTURES, main
from research.study.break_even import break_even_price
from research.study.charts import study_charts
from research.study.page import blocks_of, with_blocks
from research.study.words import study_blocks
from research.study.words_units import BUILT
from tests.research.study.made import table

DOCS = Path(__file__).resolve().parents[3] / "docs"
BLOCK = "<!-- study: {} -->\n\nold\n\n<!-- end -->"


pytestmark = pytest.mark.numbers


@pytest.fixture(scope="module")
def study():
    return study_of(recorded_table())


@pytest.fixture(scope="module")
def page():
    return (DOCS / PAGE).read_text(encoding="utf-8")


def test_the_page_has_the_figures_that_the_command_prints(study, page):
    made, written = study_blocks(study), blocks_of(page)
    assert list(written) == list(made)
    stale = [name for name, text in made.items() if written[name] != text]
    assert not stale, "make study writes them anew"


def test_every_picture_tells_todays_finding(study):
    charts = study_charts(study)
    assert {path.stem for path in (DOCS / PICTURES).iterdir()} == set(charts)
    for name, chart in charts.items():
        picture = (DOCS / PICTURES / f"{name}.svg").read_text(encoding="utf-8")
        for line in (*chart.title.text, *chart.title.subtitle):
            assert escape(line, quote=False) in picture, f"{name}: make study draws it anew"


def test_the_plan_on_the_page_has_the_break_even_of_the_study(study, page):
    plan = parse_plan(re.search(r"```toml\n(.*?)```", page, re.DOTALL)[1])
    digits = next(one for one in study.end if one.dataset == "digits")
    assert plan.task.target.median == pytest.approx(digits.savings.value, abs=0.0006)
    decided = decide(plan, n_draws=500, questions=None)
    ours = break_even_price(digits, BUILT).middle
    assert decided.break_even_p50_usd == pytest.approx(ours, rel=0.1)
    told = float(re.search(r"a break-even price of \$([\d.]+)", page)[1])
    assert decided.break_even_p50_usd == pytest.approx(told, rel=0.05)


def test_blocks_are_found_and_written_anew():
    text = f"before\n\n{BLOCK.format('one')}\n\nbetween\n\n<!-- study: two -->\n<!-- end -->\n\nafter\n"
    assert blocks_of(text) == {"one": "old", "two": ""}
    new = with_blocks(text, {"one": r"a \1 b", "two": "| x |"})
    assert blocks_of(new) == {"one": r"a \1 b", "two": "| x |"}
    assert with_blocks(new, blocks_of(new)) == new
    assert [part in new for part in ("before", "between", "after", "old")] == [True, True, True, False]


@pytest.fixture
def curves(tmp_path):
    path = tmp_path / "curves.parquet"
    made = table({"a": 2.0, "b": 3.0, "synthetic-c": 4.0, "d": 0.25}, strategies=("margin", "entropy"))
    made.to_parquet(path)
    return path


def test_the_command_prints_and_writes_the_same(curves, tmp_path, page, capsys):
    docs = tmp_path / "docs"
    (docs / PAGE).parent.mkdir(parents=True)
    (docs / PAGE).write_text(page, encoding="utf-8")
    assert main(["--curves", str(curves), "--docs", str(docs)]) == 0
    printed, new = capsys.readouterr().out, (docs / PAGE).read_text(encoding="utf-8")
    written = blocks_of(new)
    assert all(f"{name}\n\n{text}\n" in printed for name, text in written.items())
    assert "3 of 4" in written["headline"]
    assert "forest and boosting and mlp" in written["models"]
    pictures = {f"{name}.svg" for name in ("bill", "imbalance", "map", "models", "sets")}
    assert {path.name for path in (docs / PICTURES).iterdir()} == pictures
    # What is around the blocks is not touched.
    before, after = (re.sub(r"(?s)(<!-- study: \w+ -->).*?(<!-- end -->)", r"\1\2", text) for text in (page, new))
    assert before == after


def test_bad_input_is_one_sentence(curves, tmp_path, capsys):
    assert main(["--curves", str(tmp_path / "none.parquet")]) == 2
    printed = capsys.readouterr()
    assert printed.out == "" and "there is no such file" in printed.err
    assert main(["--curves", str(curves), "--docs", str(tmp_path)]) == 2
    error = capsys.readouterr().err
    assert error.startswith(f"labelplan: --docs {tmp_path}: there is no {PAGE} in it") and "Traceback" not in error
