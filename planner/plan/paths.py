"""Paths of a plan's inputs: the dotted places by which draws, edits and answers address them."""

from planner.plan.tables import TABLES


def _input(table: str, key: str) -> str:
    """Give the path of an input, once it is known that its table has it."""
    if key not in TABLES[table].model_fields:
        raise AttributeError(f"[{table}] has no input {key}")
    return f"{table}.{key}"


def vendor(index: int, key: str) -> str:
    """Give the path of a quote's input, by the quote's place in the plan."""
    return f"vendors.{index}.{key}"


TARGET = _input("task", "target")
POOL_SIZE = _input("task", "pool_size")
CLASSES = _input("task", "classes")
TEST_LABELS = _input("task", "test_labels")
BUDGET_USD = _input("task", "budget_usd")
TEST_HALF_WIDTH = _input("task", "test_half_width")
FAILURE_USD = _input("task", "failure_usd")
SOLVE_FOR = _input("task", "solve_for")
VALUE_PER_POINT_USD = _input("task", "value_per_point_usd")

STRATEGIES = _input("strategy", "names")
INITIAL_LABELS = _input("strategy", "initial_labels")
BATCH_SIZE = _input("strategy", "batch_size")
TIME_FACTOR = _input("strategy", "time_factor")
REUSE_LOSS = _input("strategy", "reuse_loss")

ONE_OFF_HOURS = _input("engineering", "one_off_hours")
HOURS_PER_ROUND = _input("engineering", "hours_per_round")
HOURLY_RATE_USD = _input("engineering", "hourly_rate_usd")
PROJECTS_SHARING = _input("engineering", "projects_sharing")
HOURS_PER_PROJECT = _input("engineering", "hours_per_project")
PROJECTS_PER_YEAR = _input("engineering", "projects_per_year")
DISCOUNT_RATE = _input("engineering", "discount_rate")

TRAIN_SECONDS_PER_ITEM = _input("compute", "train_seconds_per_item")
EPOCHS = _input("compute", "epochs")
SCORE_SECONDS_PER_ITEM = _input("compute", "score_seconds_per_item")
SCORE_USD_PER_ITEM = _input("compute", "score_usd_per_item")
PASSES = _input("compute", "passes")
MEMBERS = _input("compute", "members")
MACHINE_USD_PER_HOUR = _input("compute", "machine_usd_per_hour")
POOL_SHARE_SCORED = _input("compute", "pool_share_scored")
SECONDS_FROM = _input("compute", "seconds_from")
WARM_EPOCHS_SHARE = _input("compute", "warm_epochs_share")

RETRAIN_DAYS = _input("calendar", "retrain_days")
BUILD_DAYS = _input("calendar", "build_days")
COST_OF_DELAY_USD_PER_WEEK = _input("calendar", "cost_of_delay_usd_per_week")
VALUE_USD = _input("calendar", "value_usd")
VALUE_LOST_PER_WEEK = _input("calendar", "value_lost_per_week")
DEADLINE_DAYS = _input("calendar", "deadline_days")
DEADLINE_COST_USD = _input("calendar", "deadline_cost_usd")

STOPPING_RULES = _input("stopping", "rules")

PILOT_HOURS = _input("pilot", "hours")
PROTOTYPE_HOURS = _input("pilot", "prototype_hours")

PROXIES = _input("evidence", "proxies")
PILOT_FILE = _input("evidence", "pilot")
STORE = _input("evidence", "store")
IMBALANCE = _input("evidence", "imbalance")
RANDOM_LABELS = _input("evidence", "random_labels")
RANDOM_VALUE = _input("evidence", "random_value")
LABEL_SCALE_SD = _input("evidence", "label_scale_sd")
SAVINGS_SD = _input("evidence", "savings_sd")
