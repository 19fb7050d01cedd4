import re
import tomllib
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from simulations.cache.catalogue import RESOURCES
from simulations.cache.catalogue import SENTENCES as FILE_OF_SENTENCES
from simulations.cache.fetch import origin_of
from simulations.cache.stored import store_folder
from simulations.datasets import DATASETS, load_dataset, pool_size
from simulations.datasets.sentences import DIMENSIONS, read_sentences, sentence_vectors, tagging_data
from simulations.errors import InputError
from simulations.grid import parse_grid
from simulations.learners import LEARNERS
from simulations.strategies.sequences import SEQUENCE_STRATEGIES
from simulations.trajectory import Part

SENTENCES = [("the", "dog", "barks"), ("the", "dog", "sleeps"), ("barks", "the", "dog"), ("Seven", "prices", "rose")]


def test_a_vector_tells_what_words_there_are_and_not_their_order():
    vectors = sentence_vectors(SENTENCES)
    np.testing.assert_allclose(vectors[0], vectors[2], atol=1e-6)
    near, far = (np.linalg.norm(vectors[0] - vectors[other]) for other in (1, 3))
    assert 0 < near < far


def test_few_sentences_have_few_dimensions_and_many_fifty():
    assert sentence_vectors(SENTENCES).shape == (4, 3)
    rng = np.random.default_rng(0)
    many = [tuple(f"w{word}" for word in rng.integers(300, size=6)) for _ in range(80)]
    assert sentence_vectors(many).shape == (80, DIMENSIONS)


def test_a_data_set_counts_tokens():
    data = tagging_data(SENTENCES, [(0, 1, 2)] * 4, outputs=3, test_size=1)
    assert data.lengths.tolist() == [3, 3, 3, 3] and data.expected_lengths is None
    assert data.items[3] == ("Seven", "prices", "rose") and data.answers[0] == (0, 1, 2)


PART = Part.of("pos-pt", {"test_size": 1500})
TAGS = [f"T{code:02}" for code in range(16)]


@pytest.fixture
def keep(monkeypatch, tmp_path):
    """Put tagged sentences where the fetched ones lie."""
    monkeypatch.setenv("LABELPLAN_CACHE", str(tmp_path / "cache"))

    def put(sentences, tags):
        with store_folder("pos-pt", origin_of(RESOURCES["pos-pt"])) as folder:
            pd.DataFrame({"tokens": sentences, "tags": tags}).to_parquet(folder / FILE_OF_SENTENCES, index=False)

    return put


def test_without_a_fetch_the_sentence_names_the_command(keep):
    with pytest.raises(InputError, match="fetch it once with: labelplan data get pos-pt"):
        pool_size(PART)


def test_what_was_fetched_is_tagging(keep):
    rng = np.random.default_rng(0)
    tags = [[TAGS[row % 16], *rng.choice(TAGS, row % 3)] for row in range(8420)]
    keep([[f"{tag.lower()}x" for tag in own] for own in tags], tags)
    assert DATASETS["pos-pt"].task == "tagging" and pool_size(PART) == (6920, 16)
    data = load_dataset(PART)
    assert (data.outputs, data.test_size, data.kind) == (16, 1500, "sequence")
    # Tags are numbered in the order of their names.
    assert data.answers[3][0] == 3 and data.items[3][0] == "t03x"
    assert data.lengths.tolist() == [1 + row % 3 for row in range(8420)]


def test_a_damaged_fetch_is_told(keep):
    keep([["a"], ["b"]], [["X"], ["Y"]])
    with pytest.raises(InputError, match="holds 2 sentences with 2 tags where 8420 with 16 belong"):
        load_dataset(PART)


@pytest.mark.parametrize("test_size", [19, 8401])
def test_a_test_set_that_leaves_nothing_is_told(keep, test_size):
    with pytest.raises(InputError, match=rf"pos-pt, test_size: found {test_size}; allowed: 20 to 8,400"):
        DATASETS["pos-pt"].load(test_size=test_size)


FILE = DATASETS["file_tags"]

CONLLU = """# text = Os cães ladram-no.
1\tOs\to\tDET\t_\t_\t2\tdet\t_\t_
2\tcães\tcão\tNOUN\t_\t_\t3\tnsubj\t_\t_
3-4\tladram-no\t_\t_\t_\t_\t_\t_\t_\t_
3\tladram\tladrar\tVERB\t_\t_\t0\troot\t_\t_
4\to\to\tPRON\t_\t_\t3\tobj\t_\t_
4.1\tsempre\tsempre\tADV\t_\t_\t_\t_\t_\t_

1\tSim\tsim\tINTJ\t_\t_\t0\troot\t_\t_
"""


@pytest.fixture
def part(tmp_path):
    """Write a file and give the data set that a grid file naming it would mean."""

    def build(name, text, **settings):
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode("utf-8"))
        return Part.of("file_tags", FILE.resolve({**FILE.defaults, "path": name, **settings}, tmp_path), FILE.version)

    return build


def _many(sentences=60):
    return "".join(f"a{row}\tDET\nb\tNOUN\n\n" for row in range(sentences))


PORTUGUESE = [(("Os", "cães", "ladram", "o"), ("DET", "NOUN", "VERB", "PRON")), (("Sim",), ("INTJ",))]
ENGLISH = [(("New York", "is"), ("B", "O")), (("big",), ("O",))]


@pytest.mark.parametrize(
    ("name", "text", "sentences"),
    [
        ("a.conllu", CONLLU, PORTUGUESE),  # words and universal tags; of other files the first and the last column
        ("a.tsv", "New York\tB\nis\tO\n\n\nbig\tO\n", ENGLISH),
        ("a.tsv", "New York\tx\tB\r\nis\ty\tO\r\n\r\nbig\tz\tO\r\n", ENGLISH),
        ("a.tsv", "\ufeffNew York\tB\nis\tO\n \nbig\tO", ENGLISH),
        # Without tabs columns end at blanks.
        ("a.conll", "EU NNP I-NP B-ORG\nrejects VBZ I-VP O\n\n", [(("EU", "rejects"), ("B-ORG", "O"))]),
    ],
)
def test_files_give_words_and_tags(tmp_path, name, text, sentences):
    (tmp_path / name).write_bytes(text.encode("utf-8"))
    assert read_sentences(tmp_path / name, "a") == sentences


def test_a_file_is_a_data_set_of_tagging(part):
    own = part("mine.tsv", _many())
    assert pool_size(own) == (40, 2)
    data = load_dataset(own)
    assert (data.task, data.outputs, data.test_size) == ("tagging", 2, 20)
    assert data.items[7] == ("a7", "b") and data.answers[7] == (0, 1)
    assert FILE.titled(own.options).startswith("mine.tsv [") and len(FILE.titled(own.options)) == len("mine.tsv []") + 8


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("a.tsv", "a\tX\nb\n", r"a.tsv, line 2: found 'b'; allowed: a word, a tab and its tag"),
        ("a.conll", "a X\n\nb\n", r"a.conll, line 3: found 'b'; allowed: a word, a blank and its tag"),
        ("a.tsv", "a\tX\nb\t\n", r"a.tsv, line 2: found no tag for 'b'"),
        ("a.tsv", "\tX\nb\tY\n", r"a.tsv, line 1: found no word"),
        ("a.conllu", "1\ta\tX\n", r"a.conllu, line 1: found 3 columns; allowed: the 10 of CoNLL-U"),
        ("a.conllu", CONLLU.replace("INTJ", "_"), r"a.conllu, line 9: found no tag for 'Sim'"),
        ("a.tsv", b"a\tX\n\xff\tY\n", r"a.tsv: byte 5 is not UTF-8"),
        ("a.tsv", "", r"a.tsv: has 0 different tags; allowed: 2 to 200"),
        ("a.tsv", "a\tX\n\n" * 60, r"a.tsv: has 1 different tags"),
        ("a.tsv", "".join(f"a\tX{row}\n\n" for row in range(201)), r"a.tsv: has 201 different tags"),
        ("a.tsv", _many(39), r"a.tsv: has 39 sentences; allowed: at least 40"),
    ],
)
def test_what_cannot_be_used_is_told(part, name, text, told):
    with pytest.raises(InputError, match=told):
        load_dataset(part(name, text))


def test_settings_that_cannot_be_are_told(part, tmp_path):
    with pytest.raises(InputError, match=r"file_tags, path: is missing; give the path of a .conllu"):
        FILE.resolve(FILE.defaults, tmp_path)
    with pytest.raises(InputError, match=r"found a '.csv' file; allowed: .conllu, .conll, .tsv, .txt"):
        part("a.csv", _many())
    with pytest.raises(InputError, match=r"a.tsv, test_size: found 41; allowed: 20 to 40"):
        load_dataset(part("a.tsv", _many(), test_size=41))


def test_a_file_that_changes_is_told(part, tmp_path):
    own = part("a.tsv", _many())
    (tmp_path / "a.tsv").write_text(_many(70), encoding="utf-8")
    with pytest.raises(InputError, match="has changed since the grid file was read"):
        load_dataset(own)


PAGE = (Path(__file__).parents[3] / "docs" / "method" / "tagging.md").read_text("utf-8")


def test_every_setting_and_strategy_is_told():
    tagging = [entry for entry in DATASETS.values() if entry.task == "tagging"]
    settings = {key for entry in tagging for key in entry.defaults} | set(LEARNERS["tagger"].defaults)
    assert {key for key in settings if f"| `{key}` |" not in PAGE} == set()
    assert {s.name for s in SEQUENCE_STRATEGIES if f"| `{s.name}` |" not in PAGE} == set()


def test_defaults_are_told_as_they_are():
    for key, value in {**DATASETS["synthetic-tags"].defaults, **LEARNERS["tagger"].defaults}.items():
        shown = (
            str(value).lower() if isinstance(value, bool) else f"{value:,}" if isinstance(value, int) else str(value)
        )
        assert f"| `{key}` | {shown} |" in PAGE


def test_the_grid_shown_is_one():
    (block,) = re.findall(r"^    \[grid\]\n(?:    .*\n)+", PAGE, flags=re.MULTILINE)
    grid = parse_grid(tomllib.loads(re.sub(r"^    ", "", block, flags=re.MULTILINE)))
    assert {t.dataset.name for t in grid.trajectories} == {"synthetic-tags"} and len(grid) == 30


def test_it_is_known_by_its_content_and_not_by_its_place(part, tmp_path):
    first, again, other = part("a.tsv", _many()), part("a.tsv", _many()), part("a.tsv", _many(61))
    assert first == again != other
    (tmp_path / "there").mkdir()
    (tmp_path / "there" / "a.tsv").write_text(_many(61), encoding="utf-8")
    moved = FILE.resolve({**FILE.defaults, "path": "there/a.tsv"}, tmp_path)
    assert Part.of("file_tags", moved).as_json() == other.as_json()
