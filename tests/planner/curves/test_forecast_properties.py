"""What holds for the forecast of any curve."""

import numpy as np
import pandas as pd
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from planner.forecast.anchors import make_anchors
from planner.forecast.forecast import fit_forecast
from planner.forecast.posterior import draw_errors, fit_posterior
from planner.forecast.prior import default_prior, flat_prior
from tests.planner.transfer.synthetic import measured, true_value

few = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@st.composite
def curves(draw):
    """Any points that the loader lets through, sensible or not: repeats, rises and falls, ends of the scale."""
    counts = draw(st.lists(st.integers(1, 5_000), min_size=4, max_size=12, unique=True))
    rows = [(labels, value) for labels in counts for value in draw(st.lists(st.floats(0, 1), min_size=1, max_size=3))]
    points = pd.DataFrame(rows, columns=["labels", "value"])
    size = draw(st.one_of(st.none(), st.integers(1, 100_000)))
    return points if size is None else points.assign(test_size=size)


classes = st.one_of(st.none(), st.integers(2, 50))


@given(curves(), classes, st.integers(0, 9))
@few
def test_any_curve_gives_ordered_quantiles_within_what_is_possible(points, classes, seed):
    forecast = fit_forecast(points, classes=classes, n_draws=60, seed=seed)
    asked = np.geomspace(forecast.first_labels, forecast.max_labels, 9)
    quantiles = forecast.quantiles(asked[~forecast.refused(asked)])
    assert np.isfinite(quantiles).all() and (np.diff(quantiles, axis=1) >= 0).all()
    assert (quantiles >= (0 if classes is None else 1 / classes) - 1e-12).all() and (quantiles <= 1).all()
    assert np.isclose(sum(forecast.families.values()), 1.0)
    reach = forecast.labels_to_reach(0.9)
    assert 0 <= reach.p_unreachable <= 1 and not np.isnan(reach.draws).any()


@given(curves(), classes, st.sampled_from([flat_prior(), default_prior()]))
@few
def test_the_noise_free_part_of_a_path_never_gets_worse_with_labels(points, classes, prior):
    anchors = make_anchors(points)
    cap = 1.0 if classes is None else 1 - 1 / classes
    drawn = draw_errors(fit_posterior(anchors, cap, prior), np.linspace(-3, 3.4, 30), 60, np.random.default_rng(0))
    assert (np.diff(drawn.smooth, axis=1) <= 1e-12).all()
    assert (drawn.smooth >= 0).all() and (drawn.smooth <= cap).all()


@given(curves(), st.integers(0, 9), st.randoms(use_true_random=False))
@few
def test_order_of_rows_changes_no_bit_and_the_seed_alone_the_draws(points, seed, random):
    order = list(range(len(points)))
    random.shuffle(order)
    first, again = (fit_forecast(p, n_draws=40, seed=seed) for p in (points, points.iloc[order]))
    assert first.paths.tobytes() == again.paths.tobytes() == fit_forecast(points, n_draws=40, seed=seed).paths.tobytes()
    assert first.families == again.families and first.warnings == again.warnings


def mean_width(points_of, at, seeds=20):
    spans = [np.ptp(fit_forecast(points_of(s), n_draws=200).quantiles([at], (0.1, 0.9))) for s in range(seeds)]
    return float(np.mean(spans))


def test_more_seeds_longer_curves_and_nearer_points_narrow_on_average():
    labels = (50, 100, 200, 400, 800, 1_600)
    short = mean_width(lambda s: measured(labels[:4], seeds=3, sd=0.015, rng=s), 3_200)
    longer = mean_width(lambda s: measured(labels, seeds=3, sd=0.015, rng=s), 3_200)
    repeated = mean_width(lambda s: measured(labels, seeds=30, sd=0.015, rng=s), 3_200)
    farther = mean_width(lambda s: measured(labels, seeds=3, sd=0.015, rng=s), 16_000)
    assert repeated < longer < short and longer < farther


def test_with_ever_more_data_the_forecast_finds_the_truth():
    far = [measured(np.unique(np.geomspace(50, 12_800, n).astype(int)), seeds=40, sd=0.005) for n in (5, 12, 30)]
    off = [abs(fit_forecast(p, n_draws=400).quantiles([25_600], (0.5,))[0, 0] - true_value(25_600)) for p in far]
    assert max(off) < 0.01 and off[-1] < 0.004
