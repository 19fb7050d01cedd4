"""Oracles: who answers when an item is sent to be labelled, how often wrongly, and how long it takes."""
