"""The verdict as Markdown, to paste into a ticket or a chat: call, sentence, table of plans, what else to know."""

import re
from collections.abc import Iterable, Mapping, Sequence

from planner.decision.verdict import Verdict
from planner.render import numbers as n
from planner.render.verdict import option_words, words
from planner.render.verdict.analysis_words import decision_lines

_SPECIAL = re.compile(r"([\\`*_\[\]<>|$~#])")


def verdict_markdown(verdict: Verdict) -> str:
    """Write a verdict in Markdown; what would change it is in it where that was asked."""
    call = words.headline(verdict) if verdict.options is None else option_words.headline(verdict.options)
    parts = [f"## {_escape(n.plain(verdict.task_name))}: {_escape(call[0].lower() + call[1:])}"]
    if verdict.options is not None:
        parts += [
            _escape(option_words.sentence(verdict, verdict.options)),
            _table(option_words.option_rows(verdict, verdict.options)),
            f"### {_escape(option_words.by_people(words.headline(verdict)))}",
        ]
    parts.append(_escape(words.sentence(verdict)))
    parts += [_escape(line) for line in (words.at_the_budget(verdict), words.at_the_stop(verdict)) if line]
    parts.append(_table(words.plan_rows(verdict)))
    if verdict.analysis is not None:
        lines = [] if verdict.options is None else option_words.option_lines(verdict, verdict.options)
        lines += [*words.assumption_lines(verdict), *decision_lines(verdict)]
        parts += [f"### {words.settle_title(verdict)}", _bullets(lines)]
    if verdict.warnings:
        parts += ["### Warnings", _bullets(verdict.warnings)]
    parts.append(f"labelplan {verdict.version}, seed {verdict.seed}, {verdict.n_draws:,} joint draws")
    return "\n\n".join(parts)


def _table(rows: Sequence[Mapping[str, str]]) -> str:
    heads = [*rows[0]]
    lines = [heads, ["---"] * len(heads), *([_escape(cell) for cell in row.values()] for row in rows)]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def _bullets(sentences: Iterable[str]) -> str:
    return "\n".join(f"- {_escape(n.plain(sentence))}" for sentence in sentences)


def _escape(text: str) -> str:
    """Write what Markdown would read as markup as the characters that they are; a dollar sign may begin a formula."""
    return _SPECIAL.sub(r"\\\1", text)
