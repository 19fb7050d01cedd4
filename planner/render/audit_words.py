"""An audit of a language model in words and tables."""

from planner.costs.audit import FEWEST_PEOPLE, Audit, ErrorShare
from planner.render import numbers as n
from planner.render.terminal import print_rows


def print_audit(audit: Audit) -> None:
    """Print how often the language model errs, where, and whether it may stand in for people."""
    for line in _audit_lines(audit):
        print(line)
    print_rows(_class_rows(audit))


def _audit_lines(audit: Audit) -> list[str]:
    people = "1 person says" if audit.people == 1 else f"most of {audit.people} people say"
    told = [f"The language model errs in {_share_words(audit.error)} of {audit.error.items:,} items, by what {people}."]
    if audit.tied:
        told.append(f"On {n.count_words(audit.tied, 'more item')} people are divided equally: they count for no error.")
    if audit.systematic is None:
        told.append(
            "Which errors are systematic is not told by one answer an item: ask the language model again, as llm_2, or "
            "the plan's default for language models counts."
        )
    elif audit.systematic.items:
        told.append(
            f"Asked again about {n.count_words(audit.systematic.items, 'error')}, it gives the same wrong answer in "
            f"{_share_words(audit.systematic)}."
        )
    if audit.people == 1:
        told.append("One person's own errors count as the language model's here; three people tell them apart.")
    test = audit.test
    if test is None:
        told.append(f"The alternative annotator test needs {FEWEST_PEOPLE} people or more.")
    else:
        so = "it may stand in for them" if test.passes else "it may not stand in for them"
        told.append(
            f"Alternative annotator test, ε {test.epsilon:g}: {so}; it is as good as "
            f"{n.share(test.winning_rate)} of the people, and agrees with the others at least as often as a person "
            f"on {n.share(test.advantage)} of items."
        )
    return told


def _class_rows(audit: Audit) -> list[dict[str, str]]:
    """Give one row a class: its items, the errors in it, and how many of them come back."""
    rows = []
    for name, share in audit.by_class.items():
        row = {"Class": n.plain(name), "Items": n.count(share.items), "Wrong": _share_words(share)}
        if audit.systematic is not None:
            lasting = audit.systematic_by_class.get(name)
            row["Of those the same again"] = n.NONE if lasting is None else _share_words(lasting)
        rows.append(row)
    return rows


def _share_words(share: ErrorShare) -> str:
    return n.percent_spread(share.interval[0], share.rate, share.interval[1])
