"""A campaign under way: its log, what it says of the future, and what to do now."""

from planner.decision.campaign.log import CampaignLog, parse_log, read_log
from planner.decision.campaign.status import CampaignStatus
from planner.decision.campaign.tracking import track

__all__ = ["CampaignLog", "CampaignStatus", "parse_log", "read_log", "track"]
