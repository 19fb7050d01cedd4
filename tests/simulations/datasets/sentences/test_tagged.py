import numpy as np

from simulations.datasets.sentences.tagged import DIMENSIONS, sentence_vectors, tagged

SENTENCES = [("the", "dog", "barks"), ("the", "dog", "sleeps"), ("barks", "the", "dog"), ("Seven", "prices", "rose")]


def test_vectors_are_the_same_each_time():
    assert (sentence_vectors(SENTENCES) == sentence_vectors(SENTENCES)).all()


def test_a_vector_tells_what_words_there_are_and_not_their_order():
    vectors = sentence_vectors(SENTENCES)
    np.testing.assert_allclose(vectors[0], vectors[2], atol=1e-6)
    near, far = (np.linalg.norm(vectors[0] - vectors[other]) for other in (1, 3))
    assert 0 < near < far


def test_few_sentences_have_few_dimensions_and_many_fifty():
    assert sentence_vectors(SENTENCES).shape == (4, 3)
    rng = np.random.default_rng(0)
    many = [tuple(f"w{word}" for word in rng.integers(300, size=6)) for _ in range(80)]
    assert sentence_vectors(many).shape == (80, DIMENSIONS)


def test_a_data_set_counts_tokens():
    data = tagged(SENTENCES, [(0, 1, 2)] * 4, outputs=3, test_size=1)
    assert data.lengths.tolist() == [3, 3, 3, 3] and data.expected_lengths is None
    assert data.items[3] == ("Seven", "prices", "rose") and data.answers[0] == (0, 1, 2)
