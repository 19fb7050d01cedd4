"""Kinds of task beyond classification: regression, sequence labelling and sequence generation."""

from simulations.tasks.task import Chances, TaskData, TaskLearner, TaskModel

__all__ = ["Chances", "TaskData", "TaskLearner", "TaskModel"]
