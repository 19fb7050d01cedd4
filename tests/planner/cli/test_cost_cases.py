"""Cases that buyers bring to `labelplan cost`, with their sums worked by hand."""

import pytest

PLAN = """
[task]
target = 0.9
pool_size = 50_000
test_labels = 1_000
classes = 4
random_evaluation = "test_set"
[strategy]
names = ["margin"]
initial_labels = 1_000
batch_size = 500
[[vendors]]
name = "Crowd"
price_usd = 0.1
votes_per_item = 1
auto_label_fee_usd_per_item = 0.01
turnaround_days = 0
throughput_per_day = 1_000_000_000
[engineering]
one_off_hours = 20
hours_per_round = 2
hourly_rate_usd = 50
[compute]
score_usd_per_item = 0.0001
machine_usd_per_hour = 0
[calendar]
retrain_days = 0
cost_of_delay_usd_per_week = 0
"""


@pytest.fixture
def plan(tmp_path):
    path = tmp_path / "plan.toml"
    path.write_text(PLAN)
    return path


@pytest.fixture
def bill(run, answered, plan):
    def bill(*options):
        return answered(run("cost", plan, *options, "--json"))

    return bill


def test_a_typed_saving_gives_the_labels_of_the_strategies(bill):
    made = bill("--labels", "random=12000", "--savings", "2.5")
    assert made["plans"]["margin"]["labels"] == 4_800  # 12,000 ÷ 2.5
    # Labels 7,200 fewer at a dime; 20 hours once and 2 in each of 8 rounds at $50; 8 scorings of what is left:
    # 8 × 48,000 − 500 × (0 + 1 + … + 7) = 370,000 calls at a hundredth of a cent.
    assert made["saving_usd"] == pytest.approx(720 - 1_000 - 800 - 37)


def test_the_model_labels_a_share_that_is_typed(bill):
    lines = bill("--labels", "margin=6000,machine=20000")["plans"]["margin"]["lines"]
    assert lines["labels_usd"] == pytest.approx(600)
    assert lines["machine_usd"] == pytest.approx(20_000 * (0.01 + 0.0001))  # its fee, and one scoring each


def test_two_rounds_are_the_most(bill):
    made = bill("--labels", "margin=6000", "--rounds", "2")["plans"]["margin"]
    assert made["rounds"] == 2  # of 2,500, where there would be ten of 500
    assert made["lines"]["operation_usd"] == pytest.approx(2 * 2 * 50)
    assert bill("--labels", "margin=6000", "--rounds", "20")["plans"]["margin"]["rounds"] == 10


def test_a_lump_sum_is_a_line_of_its_own(bill):
    made = bill("--labels", "random=6000", "--labels", "margin=6000", "--lump", "margin=3000", "--lump", "margin=500")
    assert made["plans"]["margin"]["lines"]["lump_usd"] == 3_500
    assert made["plans"]["random"]["lines"]["lump_usd"] == 0


def test_the_pool_bounds_what_people_and_model_label(refused, plan):
    most = "allowed: from 1 to 49,000, the pool without the test labels"
    refused(most, "cost", plan, "--labels", "random=49001")
    words = "allowed: from the 1,000 initial labels to 29,000, the pool without the test labels and the 20,000 that"
    refused(words, "cost", plan, "--labels", "margin=29001,machine=20000")


def test_every_price_at_which_bills_are_equal_is_told(run, answered, tmp_path):
    path = tmp_path / "plan.toml"
    path.write_text(PLAN.replace('random_evaluation = "test_set"', 'random_evaluation = "cross_validation"'))
    options = ("cost", path, "--labels", "random=10000", "--labels", "margin=6000", "--lump", "margin=100")
    found = answered(run(*options, "--json"))
    spans = found["price_ranges"]
    assert [span["from_usd"] for span in spans] == [0, *found["break_even_prices_usd"]]
    assert [span["active_learning"] for span in spans] == ["dearer", "cheaper"]
    _, out, _ = run(*options)
    price = found["break_even_prices_usd"][0]
    # 3,000 labels fewer (4,000 less the 1,000 of the test set) pay for the loop, the scorings and the lump sum.
    scorings = 10 * 48_000 - 500 * 45
    assert price == pytest.approx((1_000 + 10 * 100 + scorings * 0.0001 + 100) / 3_000)
    assert f"active learning is dearer below ${price:.3f}, cheaper above ${price:.3f}" in out


def test_tiers_can_make_active_learning_dearer_again(run, answered, tmp_path):
    # All units cost the last tier's price: from 8,000 on a tenth, so that random's 9,000 cost less than margin's 5,000.
    tiers = "tiers = [{to_units = 8_000, price_usd = 1.0}, {from_units = 8_000, price_usd = 0.1}]\n"
    path = tmp_path / "plan.toml"
    path.write_text(PLAN.replace("price_usd = 0.1\n", tiers + 'tier_kind = "volume"\n'))
    found = answered(run("cost", path, "--labels", "random=9000", "--labels", "margin=5000", "--json"))
    assert found["break_even_prices_usd"] == [] and [one["active_learning"] for one in found["price_ranges"]] == [
        "dearer"
    ]


def test_explained_numbers_have_their_origin(run, answered, tmp_path):
    path = tmp_path / "plan.toml"
    text = PLAN.replace("test_labels = 1_000", "test_half_width = 0.01").replace(
        "one_off_hours = 20", 'one_off_hours = "10 to 40"'
    )
    path.write_text(
        text.replace("hourly_rate_usd = 50", "hourly_rate_usd = 50\nprojects_sharing = 4\ndiscount_rate = 0.1")
    )
    status, out, _ = run("cost", path, "--labels", "margin=3100", "--explain")
    assert status == 0
    assert "5 rounds [(3,100 − 1,000) ÷ 500, rounded up] × 2 hours a round" in out
    assert "500 a batch × 10 batches before each round, added up [5 × 4 ÷ 2]" in out
    assert "engineering.one_off_hours 20: the middle of 10 to 40, √(10 × 40)" in out
    assert "task.test_labels 1,479: z² × a × (1 − a) ÷ h² = 1.281552² × 0.9 × 0.1 ÷ 0.01², rounded up" in out
    assert "projects sharing them [of 4, each counting 0.90909091^(j ÷ 4) from j = 1 on]" in out
    origins = answered(run("cost", path, "--labels", "margin=3100", "--explain", "--json"))["origins"]
    assert any(line.startswith("task.test_labels 1,479") for line in origins)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--labels", "margin=6000,model=20000"], "found 'margin=6000,model=20000'; allowed: PLAN=COUNT"),
        (["--labels", "margin=6000,machine="], "allowed: PLAN=COUNT"),
        (["--labels", "margin=6000", "--savings", "2"], "--savings: found without --labels random=COUNT"),
        (["--labels", "random=6000", "--savings", "0"], "--savings: found 0; allowed: from 0.000001 to 1,000,000"),
        (["--labels", "random=6000", "--savings", "1e-310"], "--savings: found 1e-310; allowed: from 0.000001"),
        (["--labels", "random=6000", "--savings", "nan"], "--savings: found nan; allowed: from 0.000001"),
        (["--labels", "random=6000", "--lump", "margin=5"], "--lump: found 'margin=5'; allowed: PLAN=USD from 0 on"),
        (["--labels", "random=6000", "--lump", "random=many"], "--lump: found 'random=many'"),
    ],
)
def test_what_cannot_be_priced_is_refused_in_one_sentence(refused, plan, options, words):
    refused(words, "cost", plan, *options)
