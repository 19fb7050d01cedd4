"""A small attention model that answers a text with a sequence of symbols, one symbol after the other."""
