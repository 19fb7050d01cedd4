"""A learner: scikit-learn's Gaussian naive Bayes."""

from simulations.learners import estimator_entry


def build(smoothing):
    """Build an estimator that is not fitted; scikit-learn is imported when a grid names the learner."""
    from sklearn.naive_bayes import GaussianNB

    return GaussianNB(var_smoothing=smoothing)


NAIVE_BAYES = estimator_entry(
    "naive_bayes",
    build,
    defaults={"smoothing": 1e-3},
    family="generative",
    paper="Hand & Yu 2001, Idiot's Bayes: not so stupid after all?",
    summary="Gaussian naive Bayes of scikit-learn.",
    version=1,
)
