"""What wrong labels cost: gaps read from curves, the rule fitted to them, and data sets left out."""

import numpy as np
import pandas as pd
import pytest

from research.label_errors import fit_rule, foretell_left_out, main, measure_gaps, summarise

COUNTS = (100, 200, 400, 800)


def _table(loss, b, *, data_sets=("a", "b", "c"), rates=(0.1, 0.2)):
    """Curves of two classes that follow the rule exactly; the clean ones gain a tenth with each doubling."""
    rows = []
    for name in data_sets:
        for rate in (0.0, *rates):
            for i, labels in enumerate(COUNTS):
                gap = rate * loss * (labels / 2 / 100) ** -b
                called = f"{name} [flip rate={rate}]" if rate else name
                rows.append((called, 2, "linear", "random", 0, labels, "accuracy", 0.6 + 0.1 * i - gap, rate))
    columns = ["dataset", "classes", "learner", "strategy", "seed", "labels", "metric", "value", "label_error_rate"]
    return pd.DataFrame(rows, columns=columns)


def test_gaps_are_read_at_the_same_labels():
    gaps = measure_gaps(_table(0.5, 0.0, data_sets=["a"], rates=[0.2]))
    assert gaps["labels_a_class"].tolist() == [50, 100, 400]
    assert gaps["gap"].tolist() == pytest.approx([0.1, 0.1, 0.1])
    # (1 - 2 x 0.2)^2 = 0.36 of 800 labels is 288: between 200 and 400, log2(288/200) = 0.526 of a tenth above 0.7.
    assert gaps["formula"].iloc[2] == pytest.approx(0.7 + 0.1 * np.log2(1.44))


def test_the_rule_that_made_the_curves_is_found_again():
    rule = fit_rule(measure_gaps(_table(0.5, 0.3))).iloc[0]
    assert (rule["loss_at_100"], rule["b"], rule["spread"]) == pytest.approx((0.5, 0.3, 0.0), abs=1e-6)


def test_a_data_set_left_out_is_foretold_from_the_others():
    like, unlike = _table(0.5, 0.3), _table(1.0, 0.3, data_sets=["d"])
    told = summarise(foretell_left_out(measure_gaps(pd.concat([like, unlike]))))
    assert told["data_sets"].tolist() == [4, 4]
    alone = foretell_left_out(measure_gaps(like))
    assert alone["rule"].to_numpy() == pytest.approx(alone["value"].to_numpy(), abs=1e-6)
    assert (told["rule"] > 0.1).all()


def test_the_command_prints_the_rule_and_what_it_foretells(tmp_path, capsys):
    path = tmp_path / "curves.csv"
    _table(0.5, 0.3).to_csv(path, index=False)
    assert main([str(path)]) == 0
    printed = capsys.readouterr().out
    assert "0.5  0.3" in " ".join(printed.split()).replace("0.5 0.3", "0.5  0.3")
    assert "data sets left out" in printed
    assert main([str(tmp_path / "none.csv")]) == 2
