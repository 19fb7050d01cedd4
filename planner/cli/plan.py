"""Commands on a plan file: `labelplan init`, `plan`, `demo`, `cost`, `vendors`, `audit`, `track` and `dashboard`."""

import json
import math
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from planner.cli import output
from planner.cli.output import AsJson, OwnStore, PlanFile, Presets, Quotes, Seed
from simulations.errors import InputError

STATUS_OF_CALL = {"use_active_learning": 0, "label_random": 10, "too_close": 11}
"""Exit status of `labelplan plan --exit-code`, by the verdict."""


def init(
    path: Annotated[
        Path,
        typer.Argument(
            metavar="PLAN.toml", help="Where to write the plan; a name in .csv or .xlsx: a table of quotes."
        ),
    ] = Path("plan.toml"),
    preset: Presets = None,
    force: Annotated[bool, typer.Option("--force", help="Replace the file if it is there.")] = False,
) -> None:
    """Write a commented plan file to start from, or a table or spreadsheet of quotes with the presets as examples."""
    from planner.plan import presets, template
    from planner.plan.quote_files import quotes_template_csv
    from planner.plan.quote_sheets import quotes_workbook

    if path.exists() and not force:
        raise InputError(f"{path}: the file is already there; --force replaces it")
    if path.suffix in (".csv", ".xlsx"):
        if preset:
            raise InputError(f"--preset: found with {path}; allowed: with a plan file, as the table holds every preset")
        if path.suffix == ".xlsx":
            output.write_file(path, quotes_workbook())
            print(f"Wrote {path}. Send it to vendors; filled in: labelplan vendors plan.toml --quotes {path}")
            return
        output.write_file(path, quotes_template_csv())
        print(f"Wrote {path}. Replace its rows by your own quotes, then: labelplan vendors plan.toml --quotes {path}")
        return
    output.write_file(path, template([presets.preset(name).quote for name in preset or ()]))
    print(f"Wrote {path}. Put your own numbers in, then: labelplan plan {path}")


def demo(
    plan_file: Annotated[
        int | None, typer.Option("--plan-file", metavar="N", help="Print the plan file of case 1, 2 or 3 and stop.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Answer three telling cases: labels too cheap to save, specialists' labels, and one too close to call."""
    from planner.app.demo import answer_cases, plan_text

    if plan_file is not None:
        print(plan_text(plan_file), end="")
        return
    from planner.render.terminal import print_wrapped
    from planner.render.verdict.words import case_lines

    answered = []
    for number, verdict in enumerate(answer_cases(), 1):
        answered.append(verdict.to_dict())
        if not as_json:
            for line in case_lines(verdict, number):
                print_wrapped(line)
            print(flush=True)
    if as_json:
        output.print_json(answered)
        return
    print("A case as a plan file: labelplan demo --plan-file 2. Your own: labelplan init plan.toml")


def plan(
    path: PlanFile,
    store: OwnStore = None,
    report: Annotated[Path | None, typer.Option(help="Write a self-contained HTML report here.")] = None,
    sections: Annotated[
        str | None,
        typer.Option(
            metavar="NAME,NAME,…",
            help="What the report holds, such as verdict,vendors,assumptions (a wrong name lists all); all if unset.",
        ),
    ] = None,
    draws: Annotated[int, typer.Option(min=100, max=200_000, help="Joint draws; more means less noise.")] = 5_000,
    seed: Seed = 0,
    quotes: Quotes = None,
    preset: Presets = None,
    sweep: Annotated[
        list[str] | None,
        typer.Option(metavar="INPUT[=LOW:HIGH]", help="Trace the answer along an input, such as task.pool_size."),
    ] = None,
    over: Annotated[
        str | None,
        typer.Option(
            "--map",
            metavar="INPUT,INPUT",
            help="Two inputs to map, with ranges as for --sweep where wanted; the label price and the pool if unset.",
        ),
    ] = None,
    quick: Annotated[bool, typer.Option("--quick", help="Stop after the verdict: not what would change it.")] = False,
    markdown: Annotated[bool, typer.Option("--markdown", help="Print a summary in Markdown, to paste.")] = False,
    exit_code: Annotated[
        bool, typer.Option("--exit-code", help="End with status 0: use active learning, 10: random, 11: too close.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Say whether active learning beats labelling more random data, with money and a probability."""
    from planner.app.answers import answer_in_steps, compare_quotes, read_questions
    from planner.app.open_plan import open_plan
    from planner.render.terminal import print_warnings
    from planner.render.verdict.analysis_words import print_analysis, print_verdict
    from planner.render.verdict.markdown import verdict_markdown

    if markdown and as_json:
        raise InputError("--markdown: found with --json; allowed: one of them, as each is all that is printed")
    in_words = not (markdown or as_json)
    more = {"--report": report, "--sweep": sweep, "--map": over}
    if quick and any(more.values()):
        found = next(name for name, value in more.items() if value)
        raise InputError(f"--quick: found with {found}; allowed: without it, as --quick stops before what it shows")
    if sections is not None and report is None:
        raise InputError("--sections: found without --report; allowed: beside --report FILE, which it is about")
    chosen = None
    if report is not None:
        from planner.render.html import read_sections, write_report

        chosen = None if sections is None else read_sections(sections)
        output.make_folder(report)  # what is wrong with it is told before the work, not after
    sliders = report is not None and (chosen is None or "sliders" in chosen)
    questions = replace(read_questions(sweep or (), over), repricing=sliders)
    opened = open_plan(path, quotes, preset)
    steps = answer_in_steps(opened, base=path.parent, store=store, n_draws=draws, seed=seed, questions=questions)
    verdict = next(steps)
    if in_words:
        print_verdict(verdict)
        sys.stdout.flush()
    if not quick:
        with output.show_waiting("Looking for what would change it"):
            verdict = next(steps)
        if in_words:
            print_analysis(verdict)
    if report is not None:
        # Comparing all quotes takes as long as the verdict, so it is done only where it is shown.
        quoted = chosen is None or "vendors" in chosen
        bought = compare_quotes(opened, base=path.parent, store=store, n_draws=draws, seed=seed) if quoted else None
        write_report(verdict, report, bought, sections=chosen)
    if as_json:
        output.print_json(verdict.to_dict())
    elif markdown:
        print(verdict_markdown(verdict))
    else:
        print_warnings(verdict.warnings)
        if report is not None:
            print(f"\nReport: {report}")
    if exit_code:
        raise typer.Exit(STATUS_OF_CALL[verdict.state])


def cost(
    path: PlanFile,
    labels: Annotated[
        list[str],
        typer.Option(
            metavar="PLAN=COUNT",
            help="For example random=12000; give several. margin=6000,machine=20000 lets the model label 20,000 more.",
        ),
    ],
    savings: Annotated[
        float | None,
        typer.Option(help="Labels random needs ÷ labels the plan's strategies need, where those are not given."),
    ] = None,
    rounds: Annotated[
        int | None, typer.Option(min=1, help="Rounds of a strategy after the first set, at most: batches grow.")
    ] = None,
    lump: Annotated[
        list[str] | None, typer.Option(metavar="PLAN=USD", help="A sum that an option pays once; give several.")
    ] = None,
    vendor: Annotated[str | None, typer.Option(help="Take this vendor; the cheapest for each plan if unset.")] = None,
    quotes: Quotes = None,
    preset: Presets = None,
    store: OwnStore = None,
    explain: Annotated[bool, typer.Option("--explain", help="Show how each line comes about.")] = False,
    as_json: AsJson = False,
) -> None:
    """Print the bill at label counts that you give; ranges count at their median, nothing is simulated."""
    from planner.app.assumed import assumed_in_bills
    from planner.app.open_plan import open_plan, with_seconds
    from planner.costs import Extras, compare_costs
    from planner.render.verdict.bill_words import explained_rows, input_origins, print_costs, print_explained

    plan, warning = with_seconds(open_plan(path, quotes, preset), base=path.parent, store=store)
    output.print_warnings([warning] if warning else [])
    counts, machine = _labels_by_option(labels)
    counts |= _labels_by_savings(plan.strategy.names, counts, savings)
    sums = _sums_by_option(lump or (), counts)
    if not set(counts) <= {"random", *plan.strategy.names}:
        from planner.app.catalog import check_options  # knows the simulator, which takes a while to load

        check_options(counts, plan.strategy.names)
    index = None if vendor is None else plan.vendor_index(vendor)
    comparison = compare_costs(
        plan,
        counts,
        vendors={} if index is None else dict.fromkeys(counts, index),
        extras={name: Extras(machine.get(name, 0), sums.get(name, 0.0)) for name in {*machine, *sums}},
        most_rounds=rounds,
    )
    taken = {option: plan.vendor_index(name) for option, name in comparison.vendors.items()}
    assumed, line = assumed_in_bills(plan, counts, [taken])
    currency, origins = plan.task.currency, input_origins(plan, comparison.vendors.values()) if explain else []
    more = {"explained": explained_rows(comparison.bills, currency), "origins": origins} if explain else {}
    bills = partial(print_explained, comparison, origins) if explain else partial(print_costs, comparison)
    output.print_answer(
        comparison.to_dict() | {"assumed": assumed} | more, partial(bills, currency), as_json=as_json, line=line
    )


def _labels_by_option(labels: list[str]) -> tuple[dict[str, int], dict[str, int]]:
    """Read labels by people, and labels by the model, by option."""
    counts: dict[str, int] = {}
    machine: dict[str, int] = {}
    for text in labels:
        item, comma, by_model = text.partition(",")
        name, equals, count = item.partition("=")
        model, _, share = by_model.partition("=")
        readable = name and equals and output.is_count(count)
        if not readable or (comma and (model != "machine" or not output.is_count(share))):
            raise InputError(
                f"--labels: found '{text}'; allowed: PLAN=COUNT, such as random=12000, or with what the model labels, "
                "margin=6000,machine=20000"
            )
        if name in counts:
            raise InputError(f"--labels: '{name}' is given twice; allowed: each plan once")
        counts[name] = int(count.replace("_", ""))
        if comma:
            machine[name] = int(share.replace("_", ""))
    return counts, machine


def _labels_by_savings(names: tuple[str, ...], counts: Mapping[str, int], savings: float | None) -> dict[str, int]:
    """Give the labels of the strategies without a count, by what they save beside random labelling."""
    if savings is None:
        return {}
    if not 1e-6 <= savings <= 1e6:
        raise InputError(f"--savings: found {savings:g}; allowed: from 0.000001 to 1,000,000, such as 2")
    if "random" not in counts:
        raise InputError("--savings: found without --labels random=COUNT; allowed: beside it, which it divides")
    return {name: math.ceil(counts["random"] / savings) for name in names if name not in counts}


def _sums_by_option(lumps: Sequence[str], counts: Mapping[str, int]) -> dict[str, float]:
    found: dict[str, float] = {}
    for text in lumps:
        name, _, amount = text.partition("=")
        try:
            usd = float(amount)
        except ValueError:
            usd = math.nan
        if name not in counts or not 0 <= usd < 1e15:
            raise InputError(
                f"--lump: found '{text}'; allowed: PLAN=USD from 0 on, such as {next(iter(counts))}=3000, of a plan "
                "whose labels are given"
            )
        found[name] = found.get(name, 0.0) + usd
    return found


def vendors(
    path: PlanFile,
    labels: Annotated[
        list[str] | None,
        typer.Option(metavar="N,N,…", help="Numbers of labels to price; what the plans need, by forecast, if unset."),
    ] = None,
    quotes: Quotes = None,
    preset: Presets = None,
    store: OwnStore = None,
    draws: Annotated[int, typer.Option(min=100, max=200_000, help="Joint draws; more means less noise.")] = 5_000,
    seed: Seed = 0,
    as_json: AsJson = False,
) -> None:
    """Compare vendors: price of a useful and of an effective label, days, totals, who is cheapest, and who would be."""
    from planner.app.assumed import assumed_in_bills
    from planner.app.open_plan import open_plan, with_seconds
    from planner.render.quotes.words import print_buying, print_vendors

    plan, warning = with_seconds(open_plan(path, quotes, preset), base=path.parent, store=store)
    output.print_warnings([warning] if warning else [])
    counts = [count for text in labels or () for count in output.whole_numbers("--labels", text)]
    if counts:
        # At numbers of labels that are given nothing is forecast, so that no plan is priced.
        from planner.decision.quotes import compare_vendors

        comparison = compare_vendors(plan, plan.draw(draws, seed), counts)
        winning, warnings, show = None, {}, partial(print_vendors, comparison, plan.task.currency)
    else:
        from planner.app.answers import compare_quotes

        found = compare_quotes(plan, base=path.parent, store=store, n_draws=draws, seed=seed)
        comparison, winning = found.comparison, [asdict(price) for price in found.winning] or None
        warnings, show = {"warnings": list(found.warnings)}, partial(print_buying, found)
    most = max(volume.labels for volume in comparison.offers[0].volumes)
    assumed, line = assumed_in_bills(plan, {"random": most}, [{"random": i} for i in range(len(plan.vendors))])
    answer = comparison.to_dict() | {"winning_prices": winning, "assumed": assumed} | warnings
    output.print_answer(answer, show, as_json=as_json, line=line)


def audit(
    path: Annotated[Path, typer.Argument(metavar="AUDIT.csv", help="Columns item, human (or more), llm (or more).")],
    people: Annotated[str, typer.Option(help="Who labelled: expert, skilled or crowd; says the test's ε.")] = "expert",
    into: Annotated[Path | None, typer.Option(metavar="PLAN.toml", help="Write the quote's fields into it.")] = None,
    vendor: Annotated[str | None, typer.Option(help="Of this vendor; the plan's language model if unset.")] = None,
    as_json: AsJson = False,
) -> None:
    """Measure a language model against people on the same items, and write its quote's error rates."""
    from planner.app.annotations import write_fields
    from planner.costs.audit import EPSILONS, read_audit
    from planner.plan import load_plan
    from planner.render.audit_words import print_audit

    if vendor is not None and into is None:
        raise InputError("--vendor: found without --into; allowed: beside it, as the quote whose fields are written")
    if people not in EPSILONS:
        raise InputError(f"--people: found '{people}'; allowed: {', '.join(EPSILONS)}")
    found = read_audit(path, epsilon=EPSILONS[people])
    fields = found.quote_fields
    if into is None:
        lines = [f"{key} = {json.dumps(value)}" for key, value in fields.items()]
        line = "For its quote in a plan file:\n  " + "\n  ".join(lines)
    else:
        changed, name, _ = write_fields(load_plan(into), vendor, fields, str(into), llm=True)
        output.write_file(into, changed.to_toml())
        line = f"Wrote {', '.join(fields)} of {name} into {into}."
    output.print_answer(found.to_dict(), lambda: print_audit(found), as_json=as_json, line=line)


def track(
    path: PlanFile,
    log: Annotated[Path, typer.Argument(metavar="LOG.csv", help="Measured rounds: labels, value, strategy, …")],
    store: OwnStore = None,
    draws: Annotated[int, typer.Option(min=100, max=200_000, help="Joint draws; more means less noise.")] = 2_000,
    seed: Seed = 0,
    quotes: Quotes = None,
    preset: Presets = None,
    as_json: AsJson = False,
) -> None:
    """Say what a campaign under way should do now: go on, stop, switch, or measure another strategy first."""
    from planner.app.answers import campaign_status
    from planner.app.assumed import assumed_in_bills
    from planner.app.open_plan import open_plan
    from planner.campaign.log import read_log
    from planner.render.campaign_words import print_status

    plan = open_plan(path, quotes, preset)
    status = campaign_status(
        plan, lambda plan: read_log(log, plan), base=path.parent, store=store, n_draws=draws, seed=seed
    )
    labels, taken = {status.strategy: round(status.labels)}, {status.strategy: plan.vendor_index(status.vendor)}
    assumed, line = assumed_in_bills(plan, labels, [taken])
    output.print_answer(
        status.to_dict() | {"assumed": assumed}, lambda: print_status(status), as_json=as_json, line=line
    )


def dashboard(
    port: Annotated[int, typer.Option(min=1, max=65_535, help="Port to listen on.")] = 8501,
    plan: Annotated[Path | None, typer.Option(help="Open with this plan file.")] = None,
    store: OwnStore = None,
    host: Annotated[
        str,
        typer.Option(
            metavar="NAME", help="This machine's name or address, for other machines: set LABELPLAN_PASSWORD too."
        ),
    ] = "localhost",
) -> None:
    """Open the dashboard in a browser."""
    from planner.app.dashboard_server import launch

    if plan is not None:
        from planner.app.open_plan import open_plan

        open_plan(plan)  # a fault is told here, before a server starts
    if store is not None and not store.is_dir():
        raise InputError(f"--store {store}: there is no such folder; 'labelplan simulate' makes one")
    raise typer.Exit(launch(port, plan, store, host=host))
