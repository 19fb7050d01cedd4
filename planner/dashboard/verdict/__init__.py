"""The Verdict page: answers computed once for each plan, and what would settle them."""
