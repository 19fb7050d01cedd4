"""What the tests of commands share: how bad input is answered."""

import pytest


@pytest.fixture
def refused(run):
    """Run a command that must refuse its input in one sentence with these words, and exit status 2."""

    def refused(words, *arguments):
        status, out, err = run(*arguments)
        assert (status, out) == (2, ""), (out, err)
        # A bar of progress that has not begun is an empty line.
        (line,) = (line for line in err.splitlines() if line.strip() and not line.startswith("Forecasting curves"))
        assert line.startswith("labelplan: ") and words in line and "nan" not in line.lower().split()
        return line.removeprefix("labelplan: ")

    return refused


@pytest.fixture(autouse=True)
def few_places(coarsely):
    """Commands show what is found: `tests/planner/decision` asks whether it is right."""
    with coarsely():
        yield
