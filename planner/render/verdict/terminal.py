"""The verdict in lines and tables for the terminal."""

from planner.decision import Verdict
from planner.render import numbers as n
from planner.render.terminal import print_rows, print_warnings
from planner.render.verdict import words
from planner.render.verdict.analysis_words import break_even_rows, decision_lines, sweep_held, sweep_tables
from planner.render.verdict.words import hybrid_rows, hybrid_sentence


def print_verdict(verdict: Verdict) -> None:
    """Print a verdict, what else its draws say, and last what a reader must see."""
    for line in words.verdict_lines(verdict):
        print(line)
    if told := decision_lines(verdict):
        print("\n" + "\n".join(f"- {line}" for line in told))
        print_rows(break_even_rows(verdict))
    for path, rows in sweep_tables(verdict).items():
        print(f"\nAlong {n.plain(path)}")
        print_rows(rows)
        if said := sweep_held(verdict, path):
            print(said)
    if sentence := hybrid_sentence(verdict):
        print(f"\n{sentence}")
        print_rows(hybrid_rows(verdict))
    print_warnings(verdict.warnings)
