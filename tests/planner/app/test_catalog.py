import pytest

from planner.app import catalog


@pytest.mark.parametrize("listing", [catalog.strategies, catalog.learners, catalog.datasets])
def test_rows_are_complete(listing):
    rows = listing()
    assert len({row["name"] for row in rows}) == len(rows) >= 2
    licensed = ["licence"] if listing is catalog.datasets else []
    for row in rows:
        assert list(row) == ["name", "family", "paper", "needs", "summary", *licensed]
        assert all(isinstance(text, str) and text.strip() for text in row.values())
        assert row["summary"].endswith(".") and "\n" not in row["summary"]
