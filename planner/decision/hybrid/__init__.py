"""Hybrid labelling: people label some items and the unsure rest, a model labels the items it is sure of."""
