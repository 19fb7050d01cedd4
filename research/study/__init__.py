"""When active learning pays, from the recorded curves: all of docs/method/when-active-learning-pays.md."""

from research.study.study import Study, study_of

__all__ = ["Study", "study_of"]
