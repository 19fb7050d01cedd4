"""Paths of a plan's inputs: the dotted places by which draws, edits and answers address them."""


def vendor(index: int, key: str) -> str:
    """Give the path of a quote's input, by the quote's place in the plan."""
    return f"vendors.{index}.{key}"


TARGET = "task.target"
POOL_SIZE = "task.pool_size"
CLASSES = "task.classes"
TEST_LABELS = "task.test_labels"
BUDGET_USD = "task.budget_usd"
TEST_HALF_WIDTH = "task.test_half_width"
FAILURE_USD = "task.failure_usd"
SOLVE_FOR = "task.solve_for"
VALUE_PER_POINT_USD = "task.value_per_point_usd"

STRATEGIES = "strategy.names"
INITIAL_LABELS = "strategy.initial_labels"
BATCH_SIZE = "strategy.batch_size"
TIME_FACTOR = "strategy.time_factor"
REUSE_LOSS = "strategy.reuse_loss"

ONE_OFF_HOURS = "engineering.one_off_hours"
HOURS_PER_ROUND = "engineering.hours_per_round"
HOURLY_RATE_USD = "engineering.hourly_rate_usd"
PROJECTS_SHARING = "engineering.projects_sharing"
HOURS_PER_PROJECT = "engineering.hours_per_project"
PROJECTS_PER_YEAR = "engineering.projects_per_year"
DISCOUNT_RATE = "engineering.discount_rate"

TRAIN_SECONDS_PER_ITEM = "compute.train_seconds_per_item"
EPOCHS = "compute.epochs"
SCORE_SECONDS_PER_ITEM = "compute.score_seconds_per_item"
SCORE_USD_PER_ITEM = "compute.score_usd_per_item"
PASSES = "compute.passes"
MEMBERS = "compute.members"
MACHINE_USD_PER_HOUR = "compute.machine_usd_per_hour"
POOL_SHARE_SCORED = "compute.pool_share_scored"
SECONDS_FROM = "compute.seconds_from"
WARM_EPOCHS_SHARE = "compute.warm_epochs_share"

RETRAIN_DAYS = "calendar.retrain_days"
BUILD_DAYS = "calendar.build_days"
COST_OF_DELAY_USD_PER_WEEK = "calendar.cost_of_delay_usd_per_week"
VALUE_USD = "calendar.value_usd"
VALUE_LOST_PER_WEEK = "calendar.value_lost_per_week"
DEADLINE_DAYS = "calendar.deadline_days"
DEADLINE_COST_USD = "calendar.deadline_cost_usd"

STOPPING_RULES = "stopping.rules"

PILOT_HOURS = "pilot.hours"
PROTOTYPE_HOURS = "pilot.prototype_hours"

PROXIES = "evidence.proxies"
PILOT_FILE = "evidence.pilot"
STORE = "evidence.store"
IMBALANCE = "evidence.imbalance"
RANDOM_LABELS = "evidence.random_labels"
RANDOM_VALUE = "evidence.random_value"
LABEL_SCALE_SD = "evidence.label_scale_sd"
SAVINGS_SD = "evidence.savings_sd"
