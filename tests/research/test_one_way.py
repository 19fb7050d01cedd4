"""Research reads the product, never the other way: the installed package has no research."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
AWAY = {"research", "benchmarks", "tests", "scripts"}


def imported(path: Path) -> set[str]:
    """Name the top-level packages that a module imports, at its head or inside a function."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {name.name.partition(".")[0] for name in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module.partition(".")[0])
    return found


@pytest.mark.parametrize("package", ["planner", "simulations"])
def test_the_product_imports_nothing_that_does_not_ship(package: str) -> None:
    modules = list((ROOT / package).rglob("*.py"))
    assert len(modules) > 50
    assert {str(path.relative_to(ROOT)): away for path in modules if (away := imported(path) & AWAY)} == {}
