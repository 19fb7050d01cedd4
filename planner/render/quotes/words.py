"""Vendors in words: who is the cheapest, from when on, at which price another would be."""

from collections.abc import Iterable
from functools import partial

from planner.costs import CROWD_VOTES, REAL_CROWDS
from planner.decision.buying import Buying, Deal, WinningPrice
from planner.decision.misses import OFTEN
from planner.decision.quotes import VendorComparison, VendorOffer
from planner.render import numbers as n
from planner.render.terminal import print_rows, print_warnings

CHOSEN = "cheapest"
LATE = "usually late"
APART = "not compared"
OTHER = "other quotes"
LOWEST_MEAN = "lowest mean"
MOST_LETTERS = 32


def short_name(name: str, most: int = MOST_LETTERS) -> str:
    """Write a vendor's name in at most so many letters, for pictures and sentences; tables show all of it.

    >>> short_name("Vendor A"), short_name("A very long name of a labelling company", 16)
    ('Vendor A', 'A very long nam…')
    """
    whole = n.plain(name)
    return whole if len(whole) <= most else whole[: most - 1].rstrip() + "…"


def plan_words(plan: str | None) -> str:
    """Name a plan in a sentence; None is what a budget buys."""
    return "random labelling" if plan == "random" else "these labels" if plan is None else n.plan_name(plan)


def headline(buying: Buying) -> str:
    """Say from whom to buy."""
    if len(buying.vendors) == 1:
        return f"One quote: {short_name(buying.vendors[0])}"
    chosen = _cheapest_deals(buying)
    names = list(dict.fromkeys(deal.vendor for deal in chosen))
    if len(names) == 1:
        return f"Cheapest: {short_name(names[0])}"
    return "Cheapest: " + ", ".join(f"{short_name(deal.vendor)} for {plan_words(deal.plan)}" for deal in chosen[:2])


def summary(buying: Buying) -> str:
    """Say what was compared, with the cheapest vendor's cost for random labelling and for the chosen strategy."""
    chosen = [deal for deal in _cheapest_deals(buying) if deal.plan in (None, "random", buying.al_plan)]
    if buying.target is None:
        (best,) = chosen
        return (
            f"For the {n.labels(best.labels.q50)} labels that the budget usually buys for "
            f"{n.plan_name(buying.al_plan)}, {short_name(best.vendor)} asks {_cost_and_days(best, buying.currency)}. "
            "Usual bill, 80% range and usual days; the cheapest effective label counts."
        )
    costs = [
        f"{plan_words(deal.plan)} costs {_cost_and_days(deal, buying.currency)} with {short_name(deal.vendor)}"
        f"{_miss(deal)}"
        for deal in chosen
    ]
    told = " and ".join(costs).rstrip(",")
    close = "".join(f" {sentence}" for deal in chosen if (sentence := _close_call(buying, deal)))
    return (
        f"To a target of {n.percent(buying.target)}, {told}. Usual cost, 80% range and usual days; "
        f"the lowest mean cost counts.{close}"
    )


def _miss(deal: Deal) -> str:
    """Say in how many futures the cheapest vendor does not get there, where they are many."""
    often = deal.p_unreachable >= OFTEN
    return f", which never reaches it in {n.share(deal.p_unreachable)} of futures," if often else ""


def _close_call(buying: Buying, chosen: Deal) -> str | None:
    """Say that another vendor is cheaper more often than the one with the lowest mean."""
    often = max(buying.of_plan(chosen.plan), key=lambda deal: deal.p_cheapest or 0.0)
    if often.vendor == chosen.vendor:
        return None
    return (
        f"For {plan_words(chosen.plan)} it is close: {short_name(often.vendor)} is the cheapest in "
        f"{n.share(often.p_cheapest or 0.0)} of futures, "
        f"{short_name(chosen.vendor)} in {n.share(chosen.p_cheapest or 0.0)}."
    )


def _cost_and_days(deal: Deal, currency: str) -> str:
    usual, span = n.about(deal.total_usd.q50, currency), n.about_range(deal.total_usd, currency)
    return f"{usual} ({'' if span == usual else f'{span}; '}{n.days(deal.days.q50)})"


def cost_finding(buying: Buying) -> str:
    """Say who is the cheapest for what, as the title of a chart."""
    chosen = _cheapest_deals(buying)
    if not chosen:
        return "No quote can be compared"
    what = "Mean cost" if buying.target is not None else "Cheapest label"
    means: dict[str, list[str]] = {}
    for deal in chosen:
        mean = f"{plan_words(deal.plan)} ({n.about(deal.mean_usd, buying.currency)})"
        means.setdefault(deal.vendor, []).append(mean)
    if len(buying.vendors) == 1:
        return f"{what}: {', '.join(means[buying.vendors[0]])}"
    parts = [f"{short_name(vendor)} for {' and '.join(wins)}" for vendor, wins in means.items()]
    return f"{'Lowest mean cost' if buying.target is not None else what}: {', '.join(parts)}"


def deal_rows(buying: Buying) -> list[dict[str, str]]:
    """Give one row for each vendor and plan."""
    rows, money = [], partial(n.about, currency=buying.currency)
    # Vendors are priced as if each plan went on until it is there: a stopping rule misses more than is out of reach.
    never = "Never reaches, if it went on" if buying.by_rules else "Never reaches"
    for deal in buying.deals:
        chosen = "cheapest effective label" if deal.plan is None else "lowest mean cost"
        row = {
            "Vendor": n.plain(deal.vendor),
            "Plan": None if deal.plan is None else n.plan_name(deal.plan),
            "Cost": n.spread(deal.total_usd, money),
            "Mean": None if deal.plan is None else money(deal.mean_usd),
            "Cheapest in": _cheapest_in(deal.p_cheapest),
            "Note": ", ".join([chosen] * deal.cheapest + [LATE] * deal.late),
            "Days": n.spread(deal.days, n.day_count),
            "Labels": n.spread(deal.labels, n.labels),
            "Late in": None if deal.p_late is None else n.share(deal.p_late),
            never: None if deal.plan is None else n.share(deal.p_unreachable),
        }
        rows.append({name: cell for name, cell in row.items() if cell is not None})
    return rows


def quote_rows(comparison: VendorComparison, currency: str) -> list[dict[str, str]]:
    """Give what each quote comes to: a vote's price, votes, wrong labels, and clean labels that a label is worth."""
    return [
        {
            "Vendor": n.plain(offer.vendor),
            "Price of a vote": n.spread(offer.vote_usd, partial(n.price, currency=currency)),
            "Votes an item": n.spread(offer.votes, n.input_value),
            "Wrong labels": n.spread(offer.error_rate, n.percent),
            "Clean labels per label": n.spread(offer.clean_labels, n.input_value),
        }
        for offer in comparison.offers
    ]


def volume_title(labels: int) -> str:
    """Say what is priced at a number of labels."""
    return f"{labels:,} labels at random, in one order; fees, review and set-up counted, test labels not"


def volume_rows(comparison: VendorComparison, place: int, currency: str) -> list[dict[str, str]]:
    """Give each vendor's prices at one of the numbers of labels that were compared."""
    price, rows = partial(n.price, currency=currency), []
    for offer in comparison.offers:
        volume = offer.volumes[place]
        effective = volume.effective_label_usd
        row = {
            "Vendor": n.plain(offer.vendor),
            "Bill": n.spread(volume.total_usd, partial(n.about, currency=currency)),
            "An item": n.spread(volume.item_usd, price),
            "A useful item": n.spread(volume.useful_item_usd, price),
            "An effective label": "out of reach" if effective is None else n.spread(effective, price),
            "Days": n.spread(volume.days, n.day_count),
            "Cheapest in": _cheapest_in(volume.p_cheapest),
        }
        rows.append(row)
    return rows


def _cheapest_in(p_cheapest: float | None) -> str:
    return APART if p_cheapest is None else n.share(p_cheapest)


def has_rivals(buying: Buying) -> bool:
    """Say whether there are prices at which another quote would win: several are compared, and there is a target."""
    return buying.comparable > 1 and bool(buying.winning)


def winnable(buying: Buying) -> bool:
    """Say whether one of these prices is above nothing, so that a chart can show it."""
    return has_rivals(buying) and any(one.at_most_usd and one.vote_usd > 0 for one in buying.winning)


def winning_rows(buying: Buying) -> list[dict[str, str]]:
    """Give for each vendor what a vote costs now, and up to which price it would be the cheapest for each plan."""
    rows: dict[str, dict[str, str]] = {}
    for one in buying.winning:
        now = {"Vendor": n.plain(one.vendor), "A vote costs now": n.price(one.vote_usd, buying.currency)}
        row = rows.setdefault(one.vendor, now)
        row[f"Cheapest for {plan_words(one.plan)}"] = winning_words(one, buying.currency)
    return list(rows.values())


def winning_lines(buying: Buying) -> list[str]:
    """Say for each plan up to which price the winner stays the cheapest, and at which its nearest rival would win."""
    lines = []
    for plan in dict.fromkeys(one.plan for one in buying.winning):
        of_plan = [one for one in buying.winning if one.plan == plan]
        winner, nearest = next(one for one in of_plan if one.wins), _nearest_price(of_plan)
        rival = "no other quote would win at any price"
        if nearest is not None:
            price = _price_below_now(nearest, buying.currency)
            rival = f"nearest is {short_name(nearest.vendor)}, which would win at {price}"
        stays = "is the cheapest"
        if winner.at_most_usd is not None:
            stays = f"stays the cheapest up to {n.price(winner.at_most_usd, buying.currency)} a vote"
        lines.append(f"For {plan_words(plan)}, {short_name(winner.vendor)} {stays}; {rival}.")
    return lines


def winning_finding(buying: Buying) -> str:
    """Say which quote is the nearest to winning, as the title of a chart."""
    nearest = _nearest_price(buying.winning)
    if nearest is None:
        return "No other quote would win at any price of its vote"
    return (
        f"Nearest to winning: {short_name(nearest.vendor)} for {plan_words(nearest.plan)}, at "
        f"{_price_below_now(nearest, buying.currency)}"
    )


def winning_words(one: WinningPrice, currency: str) -> str:
    """Say up to which price a vendor would be the cheapest.

    >>> winning_words(WinningPrice("A", "random", "at_most", 0.05, 0.04, False), "USD")
    'up to $0.04'
    """
    if one.at_most_usd is None:
        return {"always": "at any price", "never": "at no price", "not_compared": APART}[one.state]
    return f"up to {n.price(one.at_most_usd, currency)}" + (" (wins now)" if one.wins else "")


def _nearest_price(winning: Iterable[WinningPrice]) -> WinningPrice | None:
    """Give the price that lies the least below what its vendor asks now."""
    rivals = [one for one in winning if not one.wins and one.at_most_usd is not None and one.vote_usd > 0]
    return max(rivals, key=_share_of_now, default=None)


def _share_of_now(one: WinningPrice) -> float:
    return (one.at_most_usd or 0.0) / one.vote_usd


def _price_below_now(one: WinningPrice, currency: str) -> str:
    less = n.share(max(1 - _share_of_now(one), 0.0))
    return f"{n.price(one.at_most_usd, currency)} a vote, {less} less than now"


def switch_lines(comparison: VendorComparison) -> list[str]:
    """Say who is cheapest for how many clean labels."""
    if not comparison.switches:
        return ["No vendor is the cheapest for clean labels: their wrong labels usually keep the target out of reach."]
    first, *others = comparison.switches
    name, most = n.plain(first.vendor), f"{comparison.most_labels:,}, the most that the pool gives"
    if len(comparison.offers) == 1:
        return []
    if not others:
        return [f"{name} is the cheapest for any number of clean labels up to {most}."]
    later = ", ".join(f"{n.plain(switch.vendor)} from {switch.from_labels:,} on" for switch in others)
    return [f"Cheapest: {name} for few clean labels, {later} (up to {most}; ranges count at their median)."]


def advice_lines(comparison: VendorComparison, currency: str) -> list[str]:
    """Say who is cheapest for how many clean labels, and for each quote whether to buy more items or more votes."""
    votes = [votes_sentence(offer, currency) for offer in comparison.offers]
    return [*switch_lines(comparison), *(sentence for sentence in votes if sentence)]


def votes_sentence(offer: VendorOffer, currency: str) -> str | None:
    """Answer "more items or more votes?" for one quote; None where its error rate is not one vote's."""
    choice = offer.votes_choice
    if choice is None:
        return None
    name = n.plain(offer.vendor)
    if choice.best is None:
        return f"{name}: at any number of votes its wrong labels usually keep the target out of reach."
    price = {one.votes: one.usd_per_effective_label for one in choice.choices}
    best, votes = n.price(price[choice.best], currency), n.count_words(choice.best, "vote")
    now = round(offer.votes.q50 or 0)
    # What does not grow with the votes is not in it: set-up, subscription, gold questions.
    said = f"{name}: an effective label is cheapest at {votes} an item, {best} without set-up and gold"
    if now == choice.best or price.get(now) is None:
        return f"{said}."
    advice = "more items rather than more votes" if choice.best < now else "more votes rather than more items"
    return f"{said}; at the quote's {now} it is {n.price(price[now], currency)}: buy {advice}."


def votes_rows(comparison: VendorComparison) -> list[dict[str, str]]:
    """Give the share of right labels at 1, 3 and 5 votes, of quotes that tell one vote's error, and of real crowds."""
    right = [
        (n.plain(offer.vendor), [1 - choice.choices[votes - 1].error_rate for votes in CROWD_VOTES])
        for offer in comparison.offers
        if (choice := offer.votes_choice)
    ]
    if right:
        right += [(f"A published crowd, {classes} classes", list(shares)) for classes, shares in REAL_CROWDS]
    heads = [n.count_words(votes, "vote") for votes in CROWD_VOTES]
    # Five votes of the last crowd were not counted.
    cells = [(who, [*map(n.percent, shares), "–"][: len(heads)]) for who, shares in right]
    return [{"Right labels with": who, **dict(zip(heads, texts, strict=True))} for who, texts in cells]


def _cheapest_deals(buying: Buying) -> list[Deal]:
    """List each plan's cheapest deal: random, the strategy that the verdict chooses, then the others."""
    order = {"random": 0, buying.al_plan: 1}
    return sorted((deal for deal in buying.deals if deal.cheapest), key=lambda deal: order.get(str(deal.plan), 2))


def print_buying(buying: Buying) -> None:
    """Print from whom to buy, vendors beside each other, and the prices at which each would win."""
    print(f"{headline(buying)}\n{summary(buying)}\n")
    _print_tables(buying.comparison, buying.currency, by_rules=buying.by_rules)
    if has_rivals(buying):
        print("The price of its vote up to which each vendor would be the cheapest, all other quotes as they are")
        print_rows(winning_rows(buying))
        print("\n".join(winning_lines(buying)))
    _print_advice(buying.comparison, buying.currency)
    print_warnings(buying.warnings)


def print_vendors(comparison: VendorComparison, currency: str) -> None:
    """Print vendors beside each other; amounts are medians with their 80% range."""
    _print_tables(comparison, currency)
    _print_advice(comparison, currency)
    print_warnings(comparison.warnings)


def _print_advice(comparison: VendorComparison, currency: str) -> None:
    print("\n".join(advice_lines(comparison, currency)))
    print_rows(votes_rows(comparison))


def _print_tables(comparison: VendorComparison, currency: str, *, by_rules: bool = False) -> None:
    offers = comparison.offers
    billings = [{"Vendor": offer.vendor, "Billing": offer.billing.replace("_", " ")} for offer in offers]
    print_rows([head | row for head, row in zip(billings, quote_rows(comparison, currency), strict=True)])
    for place, volume in enumerate(offers[0].volumes):
        print(volume_title(volume.labels))
        rows = volume_rows(comparison, place, currency)
        late = ["too late" if offer.volumes[place].late else "" for offer in offers]
        print_rows([row | {"": note} for row, note in zip(rows, late, strict=True)])
    for name in offers[0].needs:
        print(f"The whole plan with {n.plan_name(name)}, as many labels as it needs with each vendor")
        print_rows(_need_rows(comparison, name, currency))
    if offers[0].needs:
        never = "; never reaches: if it went on, without the plan's stopping rules" if by_rules else ""
        print(
            f"{LOWEST_MEAN}: what the verdict takes, misses priced, if the target is reached with it at least half as "
            f"often as with the surest vendor; cheapest in: its share of futures{never}."
        )


def _need_rows(comparison: VendorComparison, plan: str, currency: str) -> list[dict[str, str]]:
    return [
        {
            "Vendor": offer.vendor,
            "Labels": n.spread(need.labels, n.labels),
            "Total": n.spread(need.total_usd, partial(n.about, currency=currency)),
            "Days": n.spread(need.days, n.day_count),
            "Never reaches": n.share(need.p_unreachable),
            "Cheapest in": _cheapest_in(need.p_cheapest),
            "": LOWEST_MEAN if need.cheapest else "",
        }
        for offer in comparison.offers
        for need in [offer.needs[plan]]
    ]
