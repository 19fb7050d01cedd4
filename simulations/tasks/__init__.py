"""Kinds of task beyond classification: regression, sequence labelling and sequence generation."""
