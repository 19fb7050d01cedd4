"""Learners whose answers are numbers."""
