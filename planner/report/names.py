"""What things of a plan are called: metrics, plans, lines of a bill, inputs and their units."""

import re

from planner.report import numbers as n

METRICS = {
    "f1_macro": "macro F1",
    "f1_micro": "micro F1",
    "f1_weighted": "weighted F1",
    "roc_auc": "ROC AUC",
    "r2": "R²",
}
LINES = {
    "labels_usd": "labels",
    "review_usd": "review and gold",
    "test_labels_usd": "test labels",
    "engineering_usd": "engineering",
    "operation_usd": "operation",
    "training_usd": "training",
    "scoring_usd": "scoring",
    "delay_usd": "delay",
}


def price_unit(votes_per_item: float) -> str:
    """Say what one price buys: a label where an item gets one vote, else a vote."""
    return "label" if votes_per_item == 1 else "vote"


def metric_name(metric: str) -> str:
    """Give a metric's name as people say it.

    >>> metric_name("f1_macro"), metric_name("balanced_accuracy")
    ('macro F1', 'balanced accuracy')
    """
    return METRICS.get(metric, n.plain(metric).replace("_", " "))


def plan_name(name: str) -> str:
    """Give a plan's name as people say it."""
    return n.plain(name).replace("_", " ")


def line_name(line: str) -> str:
    """Give a bill line's name as people say it."""
    return LINES.get(line, n.plain(line).removesuffix("_usd").replace("_", " "))


def input_label(label: str, currency: str = "USD") -> str:
    """Tidy an input's label with its unit in brackets: a unit that the name already says is left out.

    >>> input_label("Epochs (epochs)"), input_label("Price per vote (USD)", "EUR")
    ('Epochs', 'Price per vote (EUR)')
    """
    text = in_currency(n.plain(label), currency)
    name, bracket, unit = text.removesuffix(")").rpartition(" (")
    return name if bracket and unit.lower() in name.lower() else text


def in_currency(text: str, currency: str) -> str:
    """Put the plan's currency label where an input's unit says USD."""
    return re.sub(r"\bUSD\b", lambda _: n.plain(currency), text)
