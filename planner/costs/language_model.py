"""What a language model adds to a bill: prompt, audit, answers in production, and items that it leaves to people.

Notation:
    m       (n_draws,)  items that people label to measure the language model
    s       (n_draws,)  share of the items that people label, where the language model is unsure
    e       (n_draws,)  error rate of the labels that it keeps
"""

from dataclasses import replace

import numpy as np

from planner.costs.bill import Bill, score_line, vendor_usd, with_shares
from planner.costs.labels import LabelBill, Orders
from planner.costs.quote_costs import QuoteCosts
from planner.costs.terms import ONE, ZERO, Factor, Line, Term, money
from planner.plan import Draws, Plan, paths
from simulations.arrays import Floats


def with_production(plan: Plan, bill: Bill, values: Draws) -> Bill:
    """Add what the trained model's answers in production cost: each is scored once."""
    if paths.PREDICTIONS not in values:
        return bill
    usd = score_line(plan, values, Factor(values[paths.PREDICTIONS], "items")).amount
    production = Line.of(money(usd, "answers of the trained model"))
    return replace(bill, items=with_shares({**bill.items, "production_usd": production}, values))


def with_measuring(bill: Bill, people: QuoteCosts, values: Draws) -> Bill:
    """Add the work on the prompt, and the items that people label to see how often the language model errs."""
    prompt = Line.of(Factor(values[paths.PROMPT_HOURS], "hours"), money(values[paths.HOURLY_RATE_USD], "an hour"))
    audit = Line()
    if values[paths.AUDIT_ITEMS].any():
        item = money(item_usd(people, values[paths.AUDIT_ITEMS]), "an item labelled by people")
        audit = Line.of(Factor(values[paths.AUDIT_ITEMS], "items"), item)
    return replace(bill, items=with_shares({**bill.items, "prompt_usd": prompt, "audit_usd": audit}, values))


def item_usd(quote: QuoteCosts, items: Floats) -> Floats:
    """Give the price of one of so many items that a vendor labels in one order, all its fees included, in USD."""
    items = np.maximum(items, 1.0)
    lines = LabelBill(quote, items, ZERO, Orders.single(items, ZERO), ONE, ONE).lines()
    return vendor_usd({name: line.amount for name, line in lines.items()}) / items


def answers_bill(quote: QuoteCosts, people: QuoteCosts, values: Draws) -> Bill:
    """Price a language model that answers every item in production; its days are those of the audit."""
    n, m = values[paths.PREDICTIONS], values[paths.AUDIT_ITEMS]
    lines = LabelBill(quote, n, ZERO, Orders.single(n, ZERO), ONE, ONE).lines()
    production = Line((*lines["labels_usd"].terms, *lines["review_usd"].terms))
    wait = Term((Factor(np.where(m > 0, people.turnaround_days, 0.0), "days of turnaround"),))
    work = Term((Factor(m, "items of the audit"), Factor(people.throughput_per_day, "a day", divides=True)))
    bill = Bill(ZERO, ZERO, {"production_usd": production}, Line((wait, work)))
    return with_measuring(bill, people, values)


def share_with_people(
    machine: QuoteCosts, people: QuoteCosts, plan: Plan, *, unsure: Floats, kept_error: Floats, items: Floats
) -> tuple[Plan, Draws]:
    """Add a vendor to a plan: the language model labels, and people label the items where it is unsure.

    People's labels stand where a quote has its reviews: as work on a share of the items after the first answer. Their
    price by item is read at the `items` bought in all; unsure is s, the kept error e. Gives the plan with the vendor in
    the last place, and the draws of its inputs beside those of all others.
    """
    quote = machine.terms.model_copy(
        update={
            "name": f"{machine.terms.name}, then {people.terms.name}",
            "vote_error_rate": None,
            "vote_scheme": "fixed",
            "review": "correct",
            "throughput_per_day": people.terms.throughput_per_day or machine.terms.throughput_per_day,
        }
    )
    kept_wrong, people_wrong = (1 - unsure) * kept_error, unsure * people.error_rate
    error = np.asarray(kept_wrong + people_wrong)
    lasting = machine["systematic_share"] * kept_wrong + people["systematic_share"] * people_wrong
    own = {
        "votes_per_item": machine.votes,
        "delivered_error_rate": error,
        "systematic_share": lasting / np.maximum(error, np.finfo(float).tiny),
        "review_share": unsure,
        "review_price_usd": item_usd(people, np.ceil(unsure * items)),
        "review_detection": ZERO,
        "throughput_per_day": np.minimum(
            machine.throughput_per_day, people.throughput_per_day / np.maximum(unsure, 1e-12)
        ),
        "turnaround_days": machine.turnaround_days + people.turnaround_days,
    }
    place, values = len(plan.vendors), machine.values
    prefix = paths.vendor(machine.index, "")
    copied = {path.removeprefix(prefix): x for path, x in values.items() if path.startswith(prefix)}
    of_both = {paths.vendor(place, key): x for key, x in {**copied, **own}.items()}
    return plan.model_copy(update={"vendors": (*plan.vendors, quote)}), {**values, **of_both}
