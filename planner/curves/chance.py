"""The error of guessing, which a curve never exceeds."""


def chance_classes(metric: str, classes: int | None) -> int | None:
    """Give the class count to cap the error with, or None where the metric's chance level is not 1/K."""
    return classes if metric in ("accuracy", "balanced_accuracy") else None


def guess_error(metric: str, classes: int | None) -> float:
    """Give the error of guessing; 1 where the metric's chance level is not 1/K."""
    return largest_error(chance_classes(metric, classes))


def largest_error(classes: int | None) -> float:
    """Give 1 − 1/K for K classes; 1 where they are not known or say nothing of guessing."""
    return 1.0 if classes is None else 1.0 - 1.0 / classes
