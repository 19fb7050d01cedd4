from planner.campaign.status import REACHED, REACHES, backtest_bin


def test_every_chance_has_its_answers():
    for table in (REACHED, REACHES):
        assert [one.low for one in table[1:]] == [one.high for one in table[:-1]]
        assert table[0].low == 0 and table[-1].high == 1
        for one in table:
            assert one.low <= one.said <= one.high and 0 <= one.happened <= 1 and one.answers > 0
            assert backtest_bin(table, one.said) is one is backtest_bin(table, one.high)
    assert backtest_bin(REACHED, 0.0) is REACHED[0]


def test_what_was_said_held():
    # By more than chance and rounding nothing was said too surely: answers come in clusters of one campaign's.
    for table in (REACHED, REACHES):
        for one in table:
            clusters = one.answers / 6
            noise = 2.5 * (one.said * (1 - one.said) / clusters) ** 0.5
            assert abs(one.happened - one.said) <= max(0.05, noise)
