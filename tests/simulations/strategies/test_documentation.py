import re
from pathlib import Path

from simulations.strategies import STRATEGIES
from simulations.testing import CHECKS, check_strategy

PAGE = (Path(__file__).parents[3] / "docs" / "extend" / "add-a-strategy.md").read_text(encoding="utf-8")


def test_the_worked_example_keeps_the_contract():
    (code,) = re.findall(r"```python\n(.*?)```", PAGE, flags=re.DOTALL)
    assert len([line for line in code.splitlines() if line.strip()]) <= 20
    names = {}
    exec(compile(code, "docs/extend/add-a-strategy.md", "exec"), names)
    assert len(check_strategy(names["POWER_MARGIN"])) == len(CHECKS)


def test_the_cost_table_has_every_strategy():
    assert re.findall(r"^\| `(\w+)` \|", PAGE, flags=re.MULTILINE) == list(STRATEGIES)


def test_what_the_page_says_of_sequences_and_bounds_is_so():
    assert {s.name for s in STRATEGIES.values() if s.sequence} == {"random", "coreset", "probcover"}
    bounded = {s.name: s.most_items for s in STRATEGIES.values() if s.most_items}
    assert bounded == dict.fromkeys(("density_margin", "typiclust", "probcover", "sequence_density"), 100_000)
