"""The Curves page: what is chosen, what is computed once, and the sections made of it."""
