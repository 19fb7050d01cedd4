"""The rules by which T1 to T17 are judged, fixed before the curves that settle them were run.

A finding is in one of four states. *Direction and size*: the setting was tested, every figure of direction lies where
the claim puts it with its whole 80% interval, and every figure of size lies in its range. *Direction only*: the figures
of direction do, a size does not, was not tested, or was not published. *Contradicted*: the whole interval of a figure
of direction lies where the claim does not put it. *Setting not tested*: the curves of the setting are missing, or too
few to tell the direction.

Sizes: a published figure is met from half of it to its double, a published range from half of its least to the double
of its greatest, a published count of data sets within its own 80% interval (Wilson), and nothing within one point.
Where a claim is about one kind of data, intervals are over seeds, the data sets being fixed; where it is about most
data sets, they are over data sets. Generated data sets come from one generator and count as one data set together.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from research.findings.estimates import wilson
from research.findings.part import Claim, Figure, Role, Unit, above, below, within

__all__ = ["RULES", "Rule", "rules_table"]

_POINT = 0.01
_HALF_POINT = 0.005
_NOTHING = within(-_POINT, _POINT)


@dataclass(frozen=True)
class Rule:
    """How one finding is judged.

    Attributes:
        setting: where the source saw it.
        needed: what has to be tested here for a judgement.
        figures: by a short name, those that judge and those that are told for comparison.
    """

    setting: str
    needed: str
    figures: Mapping[str, Figure]

    def __getitem__(self, name: str) -> Figure:
        """Give a figure by its short name."""
        return self.figures[name]


def _direction(what: str, unit: Unit, claim: Claim) -> Figure:
    return Figure(what, unit, claim, "direction")


def _size(what: str, unit: Unit, claim: Claim) -> Figure:
    return Figure(what, unit, claim, "size")


def published(low: float, high: float | None = None) -> Claim:
    """Claim that a figure is about as large as one that was published, or as a range.

    >>> published(0.024)
    Claim(low=0.012, high=0.048)
    """
    return within(low / 2, 2 * (low if high is None else high))


def counted(*counts: tuple[int, int]) -> Claim:
    """Claim a share of data sets like that which was counted, or like any of several."""
    ends = [wilson(held, of) for held, of in counts]
    return within(min(low for low, _ in ends), max(high for _, high in ends))


RULES: Mapping[str, Rule] = {
    "T1": Rule(
        "MNIST's threes and fives as pixels, logistic regression",
        "two look-alike digits as pixels, a linear model",
        {
            "better": _direction("label savings factor at random's value after 100 labels", "times", above(1.0)),
            "factor": _size("the same factor, published 2 or more", "times", above(2.0)),
        },
    ),
    "T2": Rule(
        "embeddings of images in ten classes, one label a class and then batches of 50, 50 seeds",
        "embeddings of images and texts by networks trained on other data, 10 labels and then batches of 50, 50 seeds",
        {
            "110": _direction("margin − random at 110 labels", "points", above(0.0)),
            "260": _direction("margin − random at 260 labels", "points", above(0.0)),
            "growth": _direction("what the gain at 260 labels is above that at 60", "points", above(0.0)),
            "nothing": _size("margin − random at 60 labels", "points", _NOTHING),
            "size 110": _size("margin − random at 110 labels, published 2.4", "points", published(0.024)),
            "size 260": _size("margin − random at 260 labels, published 3.2", "points", published(0.032)),
            "spread": _size("standard deviation over seeds, published 1.3 to 2.5", "spread", published(0.013, 0.025)),
            "pixels 60": Figure("margin − random at 60 labels on pixels and pen positions", "points"),
            "pixels 260": Figure("margin − random at 260 labels on pixels and pen positions", "points"),
        },
    ),
    "T3": Rule(
        "MNIST, a convolutional network, core-set on what it has learned, batches of 10, 100 and 1,000",
        "images of ten classes, a convolutional network, core-set on what it has learned, 100 labels and then batches "
        "of 10 and of 100",
        {
            "large": _direction("core-set − random in batches of 100", "points", above(0.0)),
            "growth": _direction("batches of 100 − batches of 10, for core-set", "points", above(0.0)),
            "small": _size("core-set − random in batches of 10", "points", _NOTHING),
            "factor": _size("label savings factor in batches of 100, published 2.0", "times", published(2.0)),
            "perceptron small": Figure("core-set − random in batches of 10, a perceptron", "points"),
            "perceptron growth": Figure("batches of 100 − batches of 10, for core-set of a perceptron", "points"),
            "MNIST large": Figure("core-set − random in batches of 100, images of 28×28 pixels", "points"),
            "MNIST growth": Figure("batches of 100 − batches of 10, for core-set, images of 28×28 pixels", "points"),
            "MNIST small": Figure("core-set − random in batches of 10, images of 28×28 pixels", "points"),
        },
    ),
    "T4": Rule(
        "14 data sets",
        "five data sets of ten classes and more, and others of fewer, a linear model",
        {
            "margin": _direction("margin − least confidence on ten classes and more", "points", above(0.0)),
            "least": _direction("least confidence − entropy on ten classes and more", "points", above(0.0)),
            "growth": _direction("margin − entropy, added by each doubling of the classes", "points", above(0.0)),
        },
    ),
    "T5": Rule(
        "14 data sets",
        "eight data sets, generated ones counting as one",
        {
            "most": _direction("share of data sets on which k-means ends below random", "sets", above(0.5)),
            "end": _direction("k-means − random at the end", "points", below(0.0)),
            "share": _size("the same share, published 11 of 14", "sets", counted((11, 14))),
        },
    ),
    "T6": Rule(
        "USPS, handwritten digits as pixels, one query or fifty at once",
        "handwritten digits as pixels, and pools with near-copies, one query or fifty at once",
        {
            "loss": _direction("margin − random, fifty queries at once less one at a time", "points", below(0.0)),
            "one": _direction("margin − random, one query at a time", "points", above(0.0)),
            "turned": _size("margin − random, fifty queries at once", "points", below(0.0)),
        },
    ),
    "T7": Rule(
        "26 tabular data sets of two classes, queries by another model than the one that is trained",
        "ten real tabular data sets of two classes, three models that choose for each other, ten seeds",
        {
            "own": _direction("margin − random where the model chooses for itself", "points", above(0.0)),
            "less": _direction(
                "margin − random where another chooses − where the model itself does", "points", below(0.0)
            ),
            "halved": _size(
                "margin − random where another chooses − half of where the model itself does", "points", below(0.0)
            ),
            "others": Figure("margin − random where another model chooses", "points"),
            "turned": Figure("share of data sets on which it is then below random", "sets"),
        },
    ),
    "T8": Rule(
        "images, features learned without labels, one label a class to some dozens",
        "features learned without the task's labels, or fixed, one label a class to 35",
        {
            "few random": _direction("TypiClust − random at two to five labels a class", "points", above(0.0)),
            "few margin": _direction("TypiClust − margin at two to five labels a class", "points", above(0.0)),
            "end random": _direction("TypiClust − random at the end", "points", below(0.0)),
            "end margin": _direction("TypiClust − margin at the end", "points", below(0.0)),
        },
    ),
    "T9": Rule(
        "no single source; labels that are wrong for no reason to be seen in the item",
        "three real data sets or more, uniformly wrong answers, savings in labels",
        {
            "factor": _direction(
                "label savings factor under the most wrong answers ÷ that of clean ones", "times", below(1.0)
            ),
            "points": Figure("what a tenth of wrong answers adds to margin − random", "points"),
        },
    ),
    "T10": Rule(
        "MNIST, a convolutional network, squared gradients of all its weights, batches of 100 after 100 labels",
        "images of ten classes, a convolutional network, squared gradients of all its weights, batches of 100",
        {
            "end": _direction("expected gradient length of all weights − random at the end", "points", below(0.0)),
            "last": Figure(
                "expected gradient length of the last layer − random at the end, the same network", "points"
            ),
            "linear": Figure("expected gradient length − random at the end, a linear model", "points"),
            "MNIST": Figure(
                "expected gradient length of all weights − random at the end, images of 28×28 pixels", "points"
            ),
            "MNIST last": Figure(
                "expected gradient length of the last layer − random at the end, images of 28×28 pixels", "points"
            ),
        },
    ),
    "T11": Rule(
        "images, from one label a class to hundreds",
        "from one or two labels a class in batches of 100, to 100 labels a class and more",
        {
            "few": _direction("least confident − random after one batch of 100", "points", below(0.0)),
            "many": _direction(
                "least confident − random at the end, at 100 labels a class or more", "points", above(0.0)
            ),
            "between": Figure("least confident − random at the end, at fewer than 100 labels a class", "points"),
        },
    ),
    "T12": Rule(
        "MNIST and CIFAR-10, networks, DAL by a network, hundreds of labels a class",
        "an easy and a harder data set, networks, DAL by its network, on the harder one to 200 labels a class",
        {
            "dropout": _direction(
                "least confident − entropy under dropout, not half a point worse on either",
                "points",
                above(-_HALF_POINT),
            ),
            "dal": _direction("least confident − DAL, not half a point worse on either", "points", above(-_HALF_POINT)),
            "gain": _direction("least gain of the three over random on the harder data set", "points", above(0.0)),
            "alike": _size("best − worst of the three on the harder data set", "points", below(_HALF_POINT)),
        },
    ),
    "T13": Rule(
        "MNIST and CIFAR-10, batches as large as the initial set; pools with near-copies",
        "plain pools and pools with near-copies, batches as large as the initial set of 100",
        {
            "plain": _direction("margin on plain pools, batches of 100 − batches of 10", "points", above(-_POINT)),
            "more": _direction("the same on redundant pools, less on plain ones", "points", below(0.0)),
            "beyond plain": Figure("margin on plain pools, batches of 200 − batches of 10", "points"),
            "beyond redundant": Figure("margin on redundant pools, batches of 200 − batches of 10", "points"),
        },
    ),
    "T14": Rule(
        "language models, fine-tuned on 100 to 500 translations",
        "generation from 100 to 500 answers; for the order's share, language models of millions of weights",
        {
            "none": _direction("least sure − random, from scratch", "points", below(_POINT)),
            "overlapping": _direction("least sure − random, pre-trained on like words", "points", below(_POINT)),
            "disjoint": _direction("least sure − random, pre-trained on others", "points", below(_POINT)),
            "diverse": _direction("core-set of what the model reads − random, from scratch", "points", below(_POINT)),
            "order none": Figure("the order's share of the variance at 100 labels, from scratch", "share"),
            "order overlapping": Figure("the order's share, pre-trained on like words", "share"),
            "order disjoint": Figure("the order's share, pre-trained on others", "share"),
        },
    ),
    "T15": Rule(
        "14 and 21 data sets",
        "ten data sets or more, generated ones counting as one; below by chance alone on one in ten",
        {
            "never": _direction("share of data sets on which core-set never reaches random's end", "sets", above(0.1)),
            "share": _size("the same share, published 5 of 14 and 10 of 21", "sets", counted((5, 14), (10, 21))),
        },
    ),
    "T16": Rule(
        "embeddings of images in ten classes, one label a class and then batches of 50, 50 seeds",
        "embeddings of images and texts by networks trained on other data, 10 labels and then batches of 50, 50 seeds",
        {
            "fewer": _direction("three seeds with the wrong sign, at 60 labels less at 110", "share", above(0.0)),
            "60": _size("three seeds with the wrong sign at 60 labels, published 39%", "share", published(0.39)),
            "110": _size("three seeds with the wrong sign at 110 labels, published 11%", "share", published(0.11)),
        },
    ),
    "T17": Rule(
        "heads on embeddings, and the same networks trained end to end",
        "heads on embeddings, and the same networks trained end to end",
        {
            "spread": Figure("log sd of the linear factor over the forest's", "log sd"),
            "signs": Figure("share of data sets on which both agree whether margin is above random", "sets"),
        },
    ),
}
"""By id."""


def rules_table() -> str:
    """Write the rules as a Markdown table, a row a finding."""
    lines = [
        "| | the source's setting | what has to be tested here | direction | size |",
        "| --- | --- | --- | --- | --- |",
    ]
    for number, rule in RULES.items():
        cells = [_told(rule, role) or "none published" for role in ("direction", "size")]
        lines.append(f"| {number} | {rule.setting} | {rule.needed} | {' | '.join(cells)} |")
    return "\n".join(lines)


def _told(rule: Rule, role: Role) -> str:
    figures = (figure for figure in rule.figures.values() if figure.judges == role)
    return "; ".join(f"{figure.what}: {figure.claimed}" for figure in figures)
