"""The interval that is given everywhere: 80%, from the 10th to the 90th percentile."""

from scipy.special import ndtri

QUANTILES = (0.1, 0.5, 0.9)
"""Its lower end, the middle, its upper end."""

Z80 = float(ndtri(0.9))
"""Standard deviations from the middle of a normal to either end."""
