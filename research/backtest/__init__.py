"""The forecast tested on published archives beside many peers, and on pairs of random and a strategy."""
