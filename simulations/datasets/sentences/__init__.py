"""Sentences whose every token is to be given a tag: generated, Portuguese news once it is fetched, the user's own."""

from simulations.datasets.sentences.generated import SYNTHETIC_TAGS
from simulations.datasets.sentences.own import FILE_TAGS
from simulations.datasets.sentences.portuguese import POS_PT

SENTENCES = (SYNTHETIC_TAGS, POS_PT, FILE_TAGS)

__all__ = ["SENTENCES"]
