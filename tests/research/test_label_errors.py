"""What wrong labels cost: gaps read from curves, the rule fitted to them, and data sets left out."""

import pandas as pd
import pytest

from planner.transfer.label_errors import ANY_LEARNER, ANY_STRATEGY, measure_gaps
from research.label_errors import fit_losses, foretell_left_out, left_out_chart, main, summarise
from tests.planner.transfer.test_label_errors import noisy_table as _table


def test_a_data_set_left_out_is_foretold_from_the_others():
    like, unlike = _table(0.5, 0.3), _table(1.0, 0.3, data_sets=["d"])
    told = summarise(foretell_left_out(measure_gaps(pd.concat([like, unlike]))))
    assert told["data_sets"].tolist() == [4, 4]
    alone = foretell_left_out(measure_gaps(like))
    assert alone["rule"].to_numpy() == pytest.approx(alone["value"].to_numpy(), abs=1e-6)
    assert (told["rule"] > 0.1).all()


def test_the_picture_has_a_point_for_each_data_set_and_rate():
    drawn = left_out_chart(foretell_left_out(measure_gaps(_table(0.5, 0.3)))).to_dict()
    data = max(drawn["datasets"].values(), key=len)
    assert len(data) == 3 * 2 and all(abs(point["rule"] - point["value"]) < 2e-3 for point in data)
    assert [part["title"] for part in drawn["hconcat"]] == ["Textbook formula", "Rule fitted to the other data sets"]


def test_the_command_prints_the_rule_and_what_it_foretells(tmp_path, capsys):
    path = tmp_path / "curves.csv"
    _table(0.5, 0.3).to_csv(path, index=False)
    assert main([str(path)]) == 0
    printed = capsys.readouterr().out
    assert "0.5  0.3" in " ".join(printed.split()).replace("0.5 0.3", "0.5  0.3")
    assert "data sets left out" in printed
    assert main([str(tmp_path / "none.csv")]) == 2


def test_the_rule_that_made_the_curves_is_found_again():
    fitted = fit_losses(measure_gaps(_table(0.5, 0.3)))
    assert set(fitted["learner"]) == {"linear", ANY_LEARNER} and set(fitted["strategy"]) == {"random", ANY_STRATEGY}
    rule = fitted.iloc[0]
    assert (rule["loss_at_100"], rule["b"], rule["spread"]) == pytest.approx((0.5, 0.3, 0.0), abs=1e-6)
