import pandas as pd
import pytest

from planner.curves.label_savings import label_savings
from planner.curves.spending import Prices, join_spending, spent_curves, spent_savings
from simulations.curve_table import validate_curves
from simulations.errors import InputError

LABELS = (10, 20, 40)
VALUES = {"random": (0.5, 0.6, 0.7), "margin": (0.55, 0.7, 0.8)}


def tables(seconds=lambda strategy, labels: labels * (3.0 if strategy == "margin" else 1.0), seeds=3):
    """Margin needs 20 labels for what random has with 40; each of its labels takes three seconds, random's one."""
    rows, spent = [], []
    for name, values in VALUES.items():
        for seed in range(seeds):
            key = f"{name}{seed}"
            for r, (labels, value) in enumerate(zip(LABELS, values, strict=True)):
                rows.append((name, seed, r, labels, value + 0.001 * seed, key))
                spent.append((key, r, "votes", 2.0 * labels))
                if seconds is not None:
                    spent.append((key, r, "annotation_seconds", seconds(name, labels)))
    frame = pd.DataFrame(rows, columns=["strategy", "seed", "round", "labels", "value", "trajectory"])
    curves = validate_curves(frame.assign(dataset="d", learner="linear", batch_size=10, initial_size=10))
    return curves, pd.DataFrame(spent, columns=["trajectory", "round", "unit", "spent"])


def test_savings_in_votes_are_those_in_labels_where_each_label_costs_the_same():
    (per_vote,) = (one for one in spent_savings(join_spending(*tables(), "votes")) if one.share == 1)
    (per_label,) = (one for one in label_savings(tables()[0]) if one.share == 1)
    assert (per_vote.factor, per_vote.q10, per_vote.q90) == (per_label.factor, per_label.q10, per_label.q90)
    assert per_vote.factor == per_vote.label_factor == pytest.approx(2.0)
    assert (per_vote.at, per_vote.spent_random, per_vote.spent_strategy) == (80.0, 80.0, 40.0)


def test_items_that_take_longer_eat_the_savings_up():
    (one,) = (one for one in spent_savings(join_spending(*tables(), "seconds")) if one.share == 1)
    # Random has 0.7 after 40 seconds; margin after 20 labels of three seconds.
    assert (one.spent_random, one.spent_strategy) == pytest.approx((40, 60))
    assert one.factor == pytest.approx(40 / 60) and one.label_factor == pytest.approx(2)
    assert one.q10 == pytest.approx(40 / 60, rel=0.01) and one.pairs == 3 and one.unreached == 0
    # At 40 seconds margin is a third of the way from 10 to 20 labels.
    assert one.value_strategy == pytest.approx(0.601)


def test_dollars_are_what_hours_votes_and_labels_cost():
    prices = Prices(usd_per_hour=36.0, usd_per_vote=0.1, usd_per_label=1.0)
    table = join_spending(*tables(), "usd", prices).table
    last = table[(table["labels"] == 40) & (table["seed"] == 0)].set_index("strategy")["spent"]
    # 40 s at a cent a second, 80 votes at ten cents, 40 labels at a dollar.
    assert last["random"] == pytest.approx(0.4 + 8 + 40) and last["margin"] == pytest.approx(1.2 + 8 + 40)


def test_savings_do_not_depend_on_the_size_of_the_unit():
    first, second = (
        spent_savings(join_spending(*tables(), "usd", Prices(usd_per_hour=price))) for price in (1e-3, 1e6)
    )
    for one, other in zip(first, second, strict=True):
        assert one.factor == pytest.approx(other.factor) and one.q90 == pytest.approx(other.q90)
        assert other.at / one.at == pytest.approx(1e9)


def test_a_curve_is_the_mean_over_seeds_within_what_all_have_spent():
    # The second seed's items take twice as long.
    def seconds(strategy, labels):
        return float(labels)

    curves, spent = tables(seconds, seeds=2)
    slow = spent["trajectory"].isin(["random1", "margin1"]) & (spent["unit"] == "annotation_seconds")
    spent.loc[slow, "spent"] *= 2
    frame = spent_curves(join_spending(curves, spent, "seconds"))
    random = frame[frame["strategy"] == "random"]
    # Rounds cost 15, 30 and 60 s on average; both seeds cover 20 to 40 s.
    assert random["spent"].tolist() == [20.0, 30.0, 40.0]
    # At 20 s the first has 0.6, the second (0.001 more) what it had with 10 labels.
    assert random["value"].iloc[0] == pytest.approx((0.6 + 0.501) / 2)
    assert (random["q10"] < random["value"]).all() and (random["seeds"] == 2).all()


def test_one_seed_has_no_interval_and_no_number_is_made_up():
    frame = spent_curves(join_spending(*tables(seeds=1), "votes"))
    assert frame["q10"].tolist() == [None] * 6
    (one,) = (one for one in spent_savings(join_spending(*tables(seeds=1), "votes")) if one.share == 1)
    assert one.factor == pytest.approx(2.0) and one.q10 is None and one.reason == "one paired seed: no interval"


def test_what_did_not_record_the_unit_is_left_out_with_a_word():
    curves, spent = tables()
    spent = spent[~((spent["trajectory"] == "margin2") & (spent["unit"] == "annotation_seconds"))]
    found = join_spending(curves, spent, "seconds")
    assert len(found.table) == len(curves) - 3
    assert found.warnings == (
        "Left out, as its cost in seconds is not known: 1 trajectory that has not recorded it (d).",
    )
    assert not join_spending(curves, spent, "votes").warnings


@pytest.mark.parametrize(
    ("unit", "prices", "said"),
    [
        ("hours", None, "--per: found 'hours'; allowed: labels, votes, tokens, seconds, usd"),
        ("tokens", None, "--per: no trajectory here has recorded tokens; simulate a task whose answers are sequences"),
        ("usd", None, "--per usd: no price is given"),
        ("usd", Prices(), "--per usd: no price is given"),
        ("usd", Prices(usd_per_token=1.0), "--per: no trajectory here has recorded tokens"),
        ("votes", Prices(usd_per_vote=1.0), "--per votes: prices are given, which only dollars need"),
    ],
)
def test_what_cannot_be_told_is_one_sentence(unit, prices, said):
    with pytest.raises(InputError) as caught:
        join_spending(*tables(), unit, prices)
    assert str(caught.value).startswith(said) and "\n" not in str(caught.value)


@pytest.mark.parametrize("price", [-1.0, float("nan"), float("inf"), 1e10])
def test_a_price_out_of_range_is_told(price):
    with pytest.raises(InputError, match=r"--usd-per-hour: found .*; allowed: dollars from 0 to 1e\+09"):
        Prices(usd_per_hour=price)


def test_seconds_that_nobody_recorded_say_how_to_record_them():
    with pytest.raises(InputError, match=r"recorded seconds; simulate with an oracle that tells them, such as \{name"):
        join_spending(*tables(seconds=None), "seconds")


def test_what_is_never_reached_has_no_amount():
    curves, spent = tables()
    curves.loc[curves["strategy"] == "margin", "value"] -= 0.3
    (one,) = (one for one in spent_savings(join_spending(curves, spent, "votes")) if one.share == 1)
    assert one.factor is one.spent_strategy is one.q90 is None and one.p_never == 1.0 and one.unreached == 3
