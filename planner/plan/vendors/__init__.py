"""What vendors charge and deliver: quotes, typed into the plan, read from CSV or JSON, or taken from a preset."""

from planner.plan.vendors.quote import BILLINGS, Tier, Vendor

__all__ = ["BILLINGS", "Tier", "Vendor"]
