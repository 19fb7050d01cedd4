"""The structural figures of a small made-up project, each counted by hand."""

import sys
import tomllib
from pathlib import Path

import pytest

from scripts.house import LAYERS, House, circles, main, may_import, measure, table

FILES = {
    # The public API, loaded by name.
    "planner/__init__.py": '''"""The planner."""

TABLE = {"Plan": "planner.plan.fields"}


def __getattr__(name):
    return TABLE[name]
''',
    "planner/plan/__init__.py": '''"""The plan."""

from planner.plan.fields import (
    Plan,
    Range,
)

__all__ = ["Plan", "Range"]
''',
    "planner/plan/fields.py": '''"""Fields."""

from simulations.errors import InputError


class Range: ...


# A comment.
class Plan(Range):
    """What the user said.

    More of it.
    """

    template = """
# in a string, so code
"""

    def check(self, a, b, c, d, e, *, f, **more):
        raise InputError
''',
    "planner/costs/__init__.py": '''"""Costs."""

from planner.costs.bill import Bill
from planner.costs.terms import Term

BILLS = (Bill,)
''',
    "planner/costs/bill.py": """from typing import TYPE_CHECKING

from planner.costs.terms import Term
from planner.plan import Plan

if TYPE_CHECKING:
    from planner.costs.labels import Labels


class Bill: ...
""",
    "planner/costs/terms.py": """class Term:
    def of(self):
        from planner.costs.bill import Bill

        return Bill
""",
    "planner/costs/labels.py": """from planner.costs.bill import Bill


class Labels: ...
""",
    "planner/cli/__init__.py": "from planner.cli.entry import main\n",
    "planner/cli/entry.py": """from planner import costs
from planner.app.answer import answer


def main():
    return answer(costs.BILLS)
""",
    "planner/app/__init__.py": "",
    "planner/app/answer.py": """def answer(bills):
    return ["-m", "simulations.worker"], bills
""",
    "planner/dashboard/app.py": "from planner.dashboard.navigation import PAGES\n",
    "planner/dashboard/navigation.py": 'PAGES = ("verdict",)\n',
    "planner/dashboard/views/verdict.py": "import simulations.grid\n",
    "planner/odd/lost.py": """from planner.dashboard.app import PAGES


class Bill: ...
""",
    "simulations/__init__.py": "",
    "simulations/errors.py": "class InputError(Exception): ...\n",
    "simulations/fields.py": "",
    "simulations/grid.py": "from simulations.fields import FIELDS\n",
    "simulations/testing.py": "from planner import TABLE\n",
    "simulations/worker.py": "def work():\n    return 1\n",
    "tests/test_bill.py": "from planner.costs import Bill, Term\n\nassert Bill\n",
}


@pytest.fixture
def house(tmp_path: Path) -> House:
    for path, text in FILES.items():
        file = tmp_path / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    return House(tmp_path)


def test_code_is_what_is_neither_blank_nor_comment_nor_docstring(house: House) -> None:
    # The import, two classes, three lines of the template, two of the method.
    assert house.modules["planner.plan.fields"].code == 8
    assert measure(house)["small"]["planner.plan.fields"] == 8
    assert "planner.plan" not in measure(house)["small"]
    for lines in (39, 40):
        (house.root / f"planner/plan/long{lines}.py").write_text("x = 1\n\n# so\n" * lines)
    small = measure(House(house.root))["small"]
    assert small["planner.plan.long39"] == 39 and "planner.plan.long40" not in small


def test_packages_are_seen_through(house: House) -> None:
    # By way of `planner.plan`, which itself imports nothing, since it uses nothing of it.
    assert house.importers["planner.plan.fields"] == {"planner.costs.bill"}
    assert house.imports["planner.plan"] == set()
    # Its own code uses the bill, and only exports terms.
    assert house.imports["planner.costs"] == {"planner.costs.bill"}
    # Of the package as a whole only what it defines itself is read.
    assert house.imports["planner.cli.entry"] == {"planner.costs", "planner.app.answer"}
    # One that is passed on stands for all that it exports.
    (house.root / "planner/cli/entry.py").write_text("from planner import costs\n\nprint(costs)\n")
    imports = House(house.root).imports["planner.cli.entry"]
    assert imports == {"planner.costs", "planner.costs.bill", "planner.costs.terms"}


def test_reached_by_imports_names_in_strings_pages_and_the_public_api(house: House) -> None:
    figures = measure(house)
    assert figures["unreached"] == {"planner.odd.lost": 4}
    assert figures["unreached_lines"] == 4
    (house.root / "planner/app/answer.py").write_text("def answer(bills): ...\n")
    (house.root / "planner/dashboard/navigation.py").write_text("PAGES = ()\n")
    (house.root / "planner/costs/bill.py").write_text("class Bill: ...\n")
    unreached = measure(House(house.root))["unreached"]
    assert set(unreached) == {
        *("planner.odd.lost", "simulations.worker", "planner.dashboard.views.verdict", "simulations.grid"),
        *("simulations.fields", "planner.costs.labels", "planner.costs.terms"),
    }
    (house.root / "app.py").write_text("import simulations.grid\n")
    assert set(unreached) - set(measure(House(house.root))["unreached"]) == {"simulations.grid", "simulations.fields"}
    (house.root / "docs").mkdir()
    (house.root / "docs/api.md").write_text("`planner.costs.labels` and `simulations.worker.work` can be imported.\n")
    assert {"planner.costs.labels", "simulations.worker"}.isdisjoint(measure(House(house.root))["unreached"])


def test_circles_by_kind_of_import(house: House) -> None:
    figures = measure(house)
    bill, labels, terms = "planner.costs.bill", "planner.costs.labels", "planner.costs.terms"
    assert figures["circles"] == [[bill, labels, terms]]
    assert figures["circles_when_run"] == [[bill, terms]]
    assert figures["circles_at_top"] == []
    # Two circles with a path between them are two.
    edges = {"a": {"b"}, "b": {"a", "c"}, "c": {"d"}, "d": {"c"}, "e": {"a"}}
    assert circles(edges) == [["a", "b"], ["c", "d"]]
    # Names for two things.
    assert figures["class_names"] == {"Bill": ["planner.costs.bill", "planner.odd.lost"]}
    assert figures["module_names"] == {
        "app": ["planner.app", "planner.dashboard.app"],
        "fields": ["planner.plan.fields", "simulations.fields"],
    }


def test_arrows_between_rooms(house: House) -> None:
    figures = measure(house)
    assert figures["arrows"] == {
        "cli -> app": ["planner/cli/entry.py:2"],
        "cli -> costs": ["planner/cli/entry.py:1"],
        "costs -> plan": ["planner/costs/bill.py:4"],
        "dashboard -> simulations": ["planner/dashboard/views/verdict.py:1"],
        "odd -> dashboard": ["planner/odd/lost.py:1"],
        "simulations -> planner": ["simulations/testing.py:1"],
    }
    assert list(figures["forbidden"]) == ["dashboard -> simulations", "simulations -> planner"]
    assert figures["rooms_without_rule"] == ["odd"]


def test_rules_reach_what_lies_below_but_for_the_simulator() -> None:
    allowed = ("decision plan", "backtest curves", "app backtest", "app simulations", "plan planner")
    assert all(may_import(*arrow.split()) for arrow in allowed)
    forbidden = ("plan costs", "plan evidence", "cli simulations", "simulations plan", "decision research")
    assert not any(may_import(*arrow.split()) for arrow in forbidden)
    assert may_import("plan", "attic") is None


def test_the_layers_are_those_of_the_contract() -> None:
    pyproject = tomllib.loads((Path(__file__).parents[1] / "pyproject.toml").read_text(encoding="utf-8"))
    layers = pyproject["tool"]["importlinter"]["contracts"][0]["layers"]
    assert [tuple(layer.split(" | ")) for layer in layers] == list(LAYERS)


def test_what_is_printed(house: House, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def printed(*arguments: str) -> str:
        monkeypatch.setattr(sys, "argv", ["house.py", str(house.root), *arguments])
        main()
        return capsys.readouterr().out

    short = printed().splitlines()
    assert short == table(measure(house))
    assert len(short) <= 14
    assert short[0].split() == ["shipped", "lines", "82", "in", "21", "files"]
    long = printed("--details").splitlines()
    assert long[: len(short)] == short
    assert "  Bill: planner.costs.bill, planner.odd.lost" in long


def test_a_folder_without_the_packages_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["house.py", str(tmp_path)])
    with pytest.raises(SystemExit) as end:
        main()
    assert end.value.code == 2
    assert "found no Python files in planner or simulations" in capsys.readouterr().err
