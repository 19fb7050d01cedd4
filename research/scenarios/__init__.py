"""Labelling that is not chosen from a pool: queries that are made up."""

from research.scenarios.synthesis import Halfspace, SynthesisRound, run_synthesis, synthesise

__all__ = [
    "Halfspace",
    "SynthesisRound",
    "run_synthesis",
    "synthesise",
]
