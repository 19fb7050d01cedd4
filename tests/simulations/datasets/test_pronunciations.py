from simulations.datasets.spoken import load_pronunciations
from simulations.datasets.tables import FOLDER

# The symbols of the dictionary, less stress marks.
VOWELS = {"AA", "AE", "AH", "AO", "AW", "AY", "EH", "ER", "EY", "IH", "IY", "OW", "OY", "UH", "UW"}
CONSONANTS = {*"BDFGKLMNPRSTVWYZ", "CH", "DH", "HH", "JH", "NG", "SH", "TH", "ZH"}


def test_words_are_distinct_sorted_and_lower_case():
    words, phonemes = load_pronunciations()
    assert len(words) == len(phonemes) == len(set(words)) == 20_000
    assert list(words) == sorted(words)
    assert all(word.isascii() and word.isalpha() and word.islower() and len(word) > 1 for word in words)


def test_phonemes_are_arpabet():
    _, phonemes = load_pronunciations()
    assert {symbol for spoken in phonemes for symbol in spoken} == VOWELS | CONSONANTS
    assert all(spoken for spoken in phonemes)


def test_stress_marks_stand_on_every_vowel_and_nothing_else():
    _, plain = load_pronunciations()
    _, marked = load_pronunciations(stress=True)
    for bare, spoken in zip(plain, marked, strict=True):
        assert bare == tuple(symbol.rstrip("012") for symbol in spoken)
        assert all((symbol[-1] in "012") == (symbol.rstrip("012") in VOWELS) for symbol in spoken)


def test_known_words():
    words, phonemes = load_pronunciations(stress=True)
    spoken = dict(zip(words, phonemes, strict=True))
    assert spoken["aachen"] == ("AA1", "K", "AH0", "N")
    assert spoken["aargh"] == ("AA1", "R", "G")


def test_the_licence_lies_beside():
    text = (FOLDER / "CMUDICT-LICENSE.txt").read_text("utf-8")
    assert "Carnegie Mellon University" in text and "Redistributions in binary form" in text
