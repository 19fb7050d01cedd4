import numpy as np
import pytest

from simulations import errors
from simulations.errors import InputError
from simulations.grid import parse_grid
from simulations.strategies import STRATEGIES, RoundView, discriminative, perceptron
from simulations.strategies.discriminative import (
    BATCH,
    ROUNDS,
    STEPS,
    ask_line,
    ask_network,
    autoencoder_codes,
    choose_told_apart,
    draw_by_network,
    train_autoencoder,
)


def _blobs(sizes, centres, seed=0):
    rng = np.random.default_rng(seed)
    return np.concatenate([c + 0.3 * rng.normal(size=(n, 2)) for n, c in zip(sizes, np.array(centres), strict=True)])


@pytest.mark.parametrize("ask", [ask_line, ask_network, draw_by_network])
def test_it_asks_for_what_is_unlike_everything_labelled(ask):
    # Two of 240 lie among the labelled, so that 98% are told right without knowing them by heart.
    X = _blobs([40, 200], [[0.0, 0.0], [5.0, 0.0]])
    labelled = np.arange(240) < 38
    assert (choose_told_apart(X, labelled, 6, np.random.default_rng(0), ask) >= 40).all()


def test_the_network_asks_for_a_gap_in_the_middle_where_a_line_asks_for_an_end():
    # On a line, labelled items lie at both ends, others among them and in the middle. The odds of a logistic regression
    # rise or fall all along the line, so that their largest is at an end; what is unlike the labelled is the middle.
    X = np.concatenate([np.linspace(-4, -3, 40), np.linspace(-0.5, 0.5, 40), np.linspace(3, 4, 40)])[:, None]
    labelled = (np.arange(120) % 2 == 0) & (np.abs(X[:, 0]) > 1)
    one = {
        name: abs(X[STRATEGIES[name].select(_view(X, labelled), 1, [np.random.default_rng(0)])[0, 0], 0])
        for name in ("dal", "dal_stochastic", "dal_linear", "dal_raw")
    }
    assert one["dal"] < 0.6 and one["dal_stochastic"] < 0.6 and one["dal_linear"] == one["dal_raw"] > 3


def _view(X, labelled):
    return RoundView([X], np.where(labelled, 0, -1)[None])


def test_the_network_chooses_among_ten_unlabelled_items_a_labelled_one():
    # Two labelled items and 998 others, of which 20 are seen; where more are asked for than that, so many are.
    X = np.random.default_rng(1).normal(size=(1000, 3))
    known, left = np.arange(2), np.arange(2, 1000)
    for size in (20, 30):
        drawn = np.random.default_rng(5).choice(left, size, replace=False)
        picked = ask_network(X, known, left, size, np.random.default_rng(5))
        assert sorted(picked) == sorted(drawn)


def test_the_stochastic_variant_draws_by_the_exponential_of_the_probability(monkeypatch):
    # p = 1/2 and 1/2 + 0.01 log 3: exp(p ÷ 0.01) gives the second three times the chance of the first.
    p = np.array([0.5, 0.5 + 0.01 * np.log(3.0)])
    monkeypatch.setattr(discriminative, "tell_apart", lambda X, un, rng: np.array([0.0, *np.log(p / (1 - p))]))
    drawn = [
        draw_by_network(np.zeros((3, 1)), np.array([0]), np.array([1, 2]), 1, np.random.default_rng(seed))[0]
        for seed in range(400)
    ]
    assert np.mean(np.array(drawn) == 2) == pytest.approx(0.75, abs=0.07)  # three standard deviations


def test_the_networks_gradient_is_that_of_its_loss():
    rng = np.random.default_rng(0)
    sides = [(3, 4), (4, 2)]
    theta, slope = rng.normal(size=26), np.zeros(26)
    X, truth = rng.normal(size=(5, 3)), np.eye(2)[rng.integers(0, 2, 5)]

    def loss(weights):
        scores = perceptron.forward(perceptron.layers_of(weights, sides), X)[-1]
        return float((np.logaddexp(*scores.T) - (scores * truth).sum(axis=1)).mean())

    right = perceptron.descend(perceptron.layers_of(theta, sides), X, truth, perceptron.layers_of(slope, sides))
    ends = [(loss(theta + step), loss(theta - step)) for step in 1e-6 * np.eye(26)]
    assert slope == pytest.approx([(up - down) / 2e-6 for up, down in ends], abs=1e-7)
    scores = perceptron.forward(perceptron.layers_of(theta, sides), X)[-1]
    assert right == (scores.argmax(axis=1) == truth.argmax(axis=1)).sum()


@pytest.mark.parametrize(("gap", "ends"), [(10.0, True), (0.0, False)])
def test_training_ends_at_98_percent_or_after_all_epochs(monkeypatch, gap, ends):
    monkeypatch.setattr(perceptron, "EPOCHS", 12)
    steps, plain = [], perceptron.descend
    monkeypatch.setattr(perceptron, "descend", lambda *a: steps.append(plain(*a)) or steps[-1])
    # Two clumps apart are told soon; items that coincide never are, beyond the one in two that are unlabelled.
    X = np.repeat([[0.0], [gap]], 64, axis=0)
    perceptron.tell_apart(X, np.arange(128) >= 64, np.random.default_rng(0))
    assert (len(steps) < 12) == ends and (steps[-1] > 0.98 * 128) == ends
    assert all(right <= 0.98 * 128 for right in steps[:-1])


def test_sub_batches_turn_to_what_the_ones_before_left():
    # Labelled in the middle, more on both sides: one batch at once would buy the better told of the two alone.
    X = _blobs([30, 30, 30], [[0.0, 0.0], [5.0, 0.0], [0.0, 5.0]])
    picks = choose_told_apart(X, np.arange(90) < 30, 20, np.random.default_rng(0), ask_line)
    assert (picks // 30 == 1).sum() >= 5 and (picks // 30 == 2).sum() >= 5 and np.unique(picks).size == 20


def test_with_nothing_labelled_the_first_are_drawn():
    X = _blobs([30], [[0.0, 0.0]])
    first, again = (choose_told_apart(X, np.zeros(30, bool), 12, np.random.default_rng(3), ask_line) for _ in "ab")
    assert (first == again).all() and np.unique(first).size == 12


def test_the_learnt_representation_takes_the_place_of_features():
    # Features tell nothing; what the model's last layer reads tells the second clump from the labelled first.
    told = _blobs([40, 200], [[0.0, 0.0], [5.0, 0.0]])
    answers = np.where(np.arange(240) < 38, 0, -1)[None]
    view = RoundView([np.zeros((240, 3))], answers, embeddings=lambda lane: told)
    for name in ("dal", "dal_stochastic", "dal_linear"):
        assert STRATEGIES[name].select(view, 6, [np.random.default_rng(0)]).min() >= 40
    raw = STRATEGIES["dal_raw"].select(RoundView([told], answers), 6, [np.random.default_rng(0)])
    assert (STRATEGIES["dal_linear"].select(view, 6, [np.random.default_rng(0)]) == raw).all()


@pytest.mark.parametrize(("k", "fits"), [(1, 1), (7, 7), (10, 10), (25, 10)])
def test_a_batch_is_chosen_in_ten_parts_at_most(k, fits, monkeypatch):
    asked = []
    plain = discriminative._unlike

    def counted(X, known, left, rng):
        asked.append(known.size)
        return plain(X, known, left, rng)

    monkeypatch.setattr(discriminative, "_unlike", counted)
    choose_told_apart(_blobs([60], [[0.0, 0.0]]), np.arange(60) < 6, k, np.random.default_rng(0), ask_line)
    # Each part counts those before it as labelled, and no part is larger than another by more than one.
    assert len(asked) == fits and asked[0] == 6
    sizes = np.diff([*asked, 6 + k])
    assert sizes.min() >= 1 and np.ptp(sizes) <= 1


def test_either_solver_tells_the_same_apart(monkeypatch):
    X = _blobs([40, 40, 40], [[0.0, 0.0], [5.0, 0.0], [2.0, 3.0]])
    found = []
    for narrow in (256, 1):
        monkeypatch.setattr(discriminative, "_NARROW", narrow)
        found.append(discriminative._unlike(X, np.arange(30), np.arange(30, 120), np.random.default_rng(0)))
    assert np.corrcoef(*found)[0, 1] > 0.9999 and found[0] == pytest.approx(found[1], rel=0.02, abs=0.02)


BLOCK = {"datasets": ["synthetic"], "batch_sizes": [10], "initial_size": 20, "rounds": 2, "seeds": 1}


@pytest.fixture
def torch():
    return pytest.importorskip("torch", reason="torch is not installed: an autoencoder needs the extra neural")


def ring(items=600, seed=0):
    """Two angles, and the sine and cosine of both and of their sum: bent so that no plane holds them."""
    angles = np.random.default_rng(seed).uniform(0, 2 * np.pi, (items, 2))
    turns = np.column_stack([angles, angles.sum(axis=1)])
    return np.hstack([np.cos(turns), np.sin(turns)]).astype(np.float32)


def test_codes_hold_more_than_as_many_principal_axes(torch):
    from sklearn.neighbors import NearestNeighbors

    X = ring()
    Z = autoencoder_codes(X)
    centred = X - X.mean(axis=0)
    lost = (np.linalg.svd(centred, compute_uv=False)[3:] ** 2).sum() / X.size
    assert Z.shape == (600, 3) and Z.dtype == np.float32 and autoencoder_codes(X.copy()) is Z
    # An item is where the items of the nearest codes are.
    near = NearestNeighbors(n_neighbors=5).fit(Z).kneighbors(return_distance=False)
    assert ((X[near].mean(axis=1) - X) ** 2).mean() < 0.35 * lost


def test_a_pools_codes_are_always_the_same(torch):
    X = ring(100)
    before = torch.random.get_rng_state()
    first, again = train_autoencoder(X), train_autoencoder(X)
    assert (first == again).all() and (torch.random.get_rng_state() == before).all()
    assert train_autoencoder(X * np.float32(4.0)) == pytest.approx(first, abs=1e-4)
    assert (train_autoencoder(ring(100, seed=1)) != first).any()


@pytest.mark.parametrize(("items", "steps"), [(1, ROUNDS), (BATCH, ROUNDS), (BATCH + 1, 2 * ROUNDS), (20_000, STEPS)])
def test_each_round_sees_every_item_once(torch, items, steps):
    found = discriminative._batches(items, np.random.default_rng(0))
    assert len(found) == steps
    first = np.concatenate([rows.numpy() for rows in found[: -(-items // BATCH)]])
    assert (np.sort(first) == np.arange(items)).all()


@pytest.mark.parametrize("X", [np.zeros((40, 4)), np.ones((40, 1)) * np.arange(40)[:, None], 1e6 * ring(40)])
def test_codes_are_numbers_whatever_the_features(torch, X):
    Z = train_autoencoder(X.astype(np.float32))
    assert Z.shape == (40, max(1, X.shape[1] // 2)) and np.isfinite(Z).all()


def test_codes_tell_what_is_unlike_everything_labelled(torch):
    # One half of the ring is labelled, by the first angle; the other half is what codes tell from it.
    X = ring(400)
    far = X[:, 0] < -0.3
    answers = np.where((X[:, 0] > 0.3) & (np.arange(400) % 2 == 0), 0, -1)[None]
    chosen = STRATEGIES["dal_autoencoder"].select(RoundView([X], answers), 20, [np.random.default_rng(0)])[0]
    assert far[chosen].mean() > 0.9 > far.mean() + 0.3


def test_without_torch_it_is_refused_before_anything_runs(monkeypatch):
    monkeypatch.setattr(errors, "find_spec", lambda name: None)
    told = r"strategy dal_autoencoder needs torch to train a network of its own; install with: pip install 'labelplan\["
    with pytest.raises(InputError, match=told):
        parse_grid({"grid": {**BLOCK, "strategies": ["dal_autoencoder"]}})
    assert len(parse_grid({"grid": {**BLOCK, "strategies": ["dal_raw", "dal", "dal_linear", "dfal"]}})) == 4
    with pytest.raises(InputError, match=told):
        autoencoder_codes(ring(30, seed=9))
