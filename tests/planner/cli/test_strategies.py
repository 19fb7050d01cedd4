"""`labelplan backtest --strategies` from end to end."""

from planner.evidence.judged import STRATEGIES
from planner.report.words_strategies import savings_words


def test_it_shows_what_is_recorded(run, answered):
    recorded = STRATEGIES.judged()
    assert answered(run("backtest", "--strategies", "--json")) == recorded
    status, out, _ = run("backtest", "--strategies")
    assert status == 0
    one = next(one for one in recorded["strategies"] if (one["learner"], one["strategy"]) == ("linear", "margin"))
    linear = out[out.index("learner linear") :]
    line = next(line for line in linear.splitlines() if line.startswith("margin "))
    squeezed = line.replace(" to ", "–")
    assert all(savings_words(each).replace(" to ", "–") in squeezed for each in one["sets"])


def test_it_does_not_go_with_anything_else(run):
    for more, named in ((["--pairs"], "--pairs"), (["recorded"], "recorded")):
        status, _, err = run("backtest", "--strategies", *more)
        assert status == 2
        assert err == f"labelplan: --strategies: does not go with {named}, as it shows what is recorded\n"
    status, _, err = run("backtest", "--findings", "--strategies")
    assert status == 2 and "--findings: does not go with --strategies" in err
