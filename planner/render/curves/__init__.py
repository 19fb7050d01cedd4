"""Learning curves in words, tables and charts."""
