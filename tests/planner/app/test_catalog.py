import pytest

from planner.app import catalog


@pytest.mark.parametrize("what", catalog.LISTINGS)
def test_rows_are_complete(what):
    rows = catalog.listing(what)
    assert len({row["name"] for row in rows}) == len(rows) >= 2
    more = {"datasets": ["licence", "package"], "presets": ["source", "as_of"]}.get(what, ["package"])
    for row in rows:
        assert list(row) == ["name", "family", "paper", "needs", "summary", *more]
        assert all(isinstance(text, str) and text.strip() for text in row.values())
        assert "\n" not in row["summary"]
