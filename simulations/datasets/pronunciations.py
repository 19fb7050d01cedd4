"""20,000 English words with their phonemes, from the CMU pronouncing dictionary (BSD-2-Clause)."""

import gzip

from simulations.datasets.tables import FOLDER

Phonemes = tuple[str, ...]


def load_pronunciations(*, stress: bool = False) -> tuple[tuple[str, ...], tuple[Phonemes, ...]]:
    """Read the words, in alphabetic order, and the ARPAbet phonemes of each.

    Args:
        stress: whether vowels keep their mark: 0 unstressed, 1 primary, 2 secondary; without it 39 phonemes are left.

    Returns:
        Words of at least two lower-case letters, and for each its phonemes.

    >>> words, phonemes = load_pronunciations()
    >>> len(words), words[0], phonemes[0]
    (20000, 'aachen', ('AA', 'K', 'AH', 'N'))
    """
    text = gzip.decompress((FOLDER / "pronunciations.tsv.gz").read_bytes()).decode("ascii")
    if not stress:
        # Words have no digits, so every digit is a stress mark.
        text = text.translate(dict.fromkeys(map(ord, "012")))
    pairs = [line.split("\t") for line in text.splitlines()]
    return tuple(word for word, _ in pairs), tuple(tuple(spoken.split(" ")) for _, spoken in pairs)
