import numpy as np
import pytest

from simulations.learners.learner import DivergedError
from simulations.learners.seq2seq import Seq2SeqLearner

torch = pytest.importorskip("torch", reason="torch is not installed: neural learners need the extra neural")

POOL, HELD_OUT = np.arange(120), np.arange(180, 240)


def test_it_learns_a_small_language(learnt, spelt):
    scores = learnt.evaluate(HELD_OUT)
    assert scores["exact_match"] > 0.8 and scores["symbol_accuracy"] > 0.95 and learnt.converged
    right = np.mean([learnt.answers(np.array([row]))[0] == spelt.answers[row] for row in HELD_OUT])
    assert right == pytest.approx(scores["exact_match"], abs=0.02)


def test_the_same_draws_give_the_same_bits_and_others_others(spelt, how, chances):
    learner = Seq2SeqLearner(8, how(passes=2))
    first, again, order, start = (
        learner.fit(spelt, POOL, None, chances(*draws)).weights for draws in ((0, 0), (0, 0), (0, 1), (1, 0))
    )
    assert (first == again).all() and (first != order).any() and (first != start).any()


def test_nothing_of_the_process_draws_or_is_drawn(spelt, how, chances):
    torch.manual_seed(5)
    before = torch.random.get_rng_state()
    one = Seq2SeqLearner(8, how(passes=1)).fit(spelt, POOL, None, chances()).weights
    assert (torch.random.get_rng_state() == before).all()
    torch.manual_seed(6)
    assert (Seq2SeqLearner(8, how(passes=1)).fit(spelt, POOL, None, chances()).weights == one).all()


def test_other_answers_than_the_labelled_ones_are_not_read(spelt, how, chances):
    from dataclasses import replace

    learner = Seq2SeqLearner(8, how(passes=1))
    hidden = tuple(answer if row < 120 else ("F",) for row, answer in enumerate(spelt.answers))
    one, other = (learner.fit(data, POOL, None, chances()) for data in (spelt, replace(spelt, answers=hidden)))
    assert (one.weights == other.weights).all()
    assert (one.sequences(HELD_OUT).log_probability == other.sequences(HELD_OUT).log_probability).all()


def test_sureness_is_that_of_the_answer(learnt):
    found = learnt.sequences(HELD_OUT)
    answers = learnt.answers(HELD_OUT)
    assert found.lengths.tolist() == [[max(len(answer), 1) for answer in answers]]
    for scores in (found.log_probability, found.entropy, found.margin):
        assert scores.shape == (1, 60) and np.isfinite(scores).all()
    assert (found.log_probability <= 0).all() and (found.entropy >= 0).all()
    assert (found.margin >= 0).all() and (found.margin <= 1).all()
    # An answer's log probability is what training's own scores give the symbols it has, end mark included.
    assert found.log_probability[0, :8] == pytest.approx(
        [by_hand(learnt, HELD_OUT[i], answers[i]) for i in range(8)], abs=1e-4
    )


def by_hand(model, row, answer):
    from simulations.learners.seq2seq import moved
    from simulations.learners.seq2seq_network import Network, begun

    network = Network(model.shape, torch.from_numpy(model.weights))
    Y = torch.from_numpy(model.vocabulary.write([answer]))
    X = torch.from_numpy(model.vocabulary.read([model.data.items[row]]))
    with torch.no_grad():
        past = begun(network.symbols(moved(Y, model.shape.symbols)))
        logs = network.say(network.read(X), past).log_softmax(dim=2)
    return float(logs.gather(2, Y[..., None]).sum())


def test_wrong_answers_are_less_sure(spelt, how, chances):
    model = Seq2SeqLearner(24, how(passes=6)).fit(spelt, POOL, None, chances())
    wrong = np.array([g != spelt.answers[row] for g, row in zip(model.answers(HELD_OUT), HELD_OUT, strict=True)])
    assert 5 < wrong.sum() < 55
    sure = model.sequences(HELD_OUT)
    assert sure.log_probability[0, wrong].mean() < sure.log_probability[0, ~wrong].mean()
    assert sure.entropy[0, wrong].mean() > sure.entropy[0, ~wrong].mean()


def test_an_item_is_answered_alike_whatever_stands_beside_it(learnt):
    together, embedded = learnt.sequences(HELD_OUT), learnt.embeddings(HELD_OUT)
    assert embedded.shape == (60, 24) and embedded.dtype == np.float32
    for at in (0, 31):
        alone = learnt.sequences(HELD_OUT[at : at + 1])
        assert alone.log_probability[0, 0] == pytest.approx(together.log_probability[0, at], abs=1e-4)
        assert learnt.embeddings(HELD_OUT[at : at + 1])[0] == pytest.approx(embedded[at], abs=1e-5)


def test_one_label_is_enough_to_answer_with(spelt, how, chances):
    model = Seq2SeqLearner(8, how(passes=3)).fit(spelt, np.array([4]), None, chances())
    scores = model.evaluate(HELD_OUT)
    assert all(0 <= value <= 1 for value in scores.values())
    longest = len(spelt.answers[4]) + 4
    assert max(map(len, model.answers(HELD_OUT))) <= longest


def test_few_labels_are_passed_over_more_often(how):
    assert how(passes=20, least_steps=300).passes_over(500) == 20
    assert how(passes=20, least_steps=300).passes_over(100) == 43
    assert how(passes=20, least_steps=300).passes_over(1) == 300
    assert how(passes=20, least_steps=0).passes_over(1) == 20


def test_the_rate_rises_and_falls(how):
    rates = [how(learning_rate=1.0).rate(step, 1000) for step in (1, 50, 1000)]
    assert rates == pytest.approx([0.02 * (1 - 0.00095), 1 - 0.0475, 0.05])


def test_training_that_diverges_says_so(spelt, how, chances):
    with pytest.raises(DivergedError, match="training on 120 labels diverged; allowed: settings under which"):
        Seq2SeqLearner(8, how(learning_rate=1e30)).fit(spelt, POOL, None, chances())
