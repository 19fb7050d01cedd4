"""What the labels cost: one vendor's quote applied to items.

Notation (all broadcast together; draws, plans and prices may be axes):
    n       items bought
    votes   votes per item
"""

from planner.plan.quantity import Floats

ODD_PRICE_BELOW_USD = 0.001
ODD_PRICE_ABOVE_USD = 100.0


def items_usd(n: Floats, votes: Floats, price_usd: Floats, fee_usd: Floats) -> Floats:
    """Price `n` items: n × votes × price + n × platform fee, in USD."""
    return n * (votes * price_usd + fee_usd)


def price_warning(vendor: str, price_usd: float) -> str | None:
    """Ask back about a price per vote that looks like a slip of units (cents for dollars)."""
    if 0 < price_usd < ODD_PRICE_BELOW_USD or price_usd > ODD_PRICE_ABOVE_USD:
        return (
            f"{vendor}: a price of ${price_usd:,.6g} a vote is unusual (${price_usd * 1000:,.6g} per 1,000 votes); "
            "check the unit (dollars, not cents)"
        )
    return None
