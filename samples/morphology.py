"""New words from old ones and from syllables."""

# ruff: noqa: SIM905 (a table of words reads better as text)
from __future__ import annotations

from samples.draws import Draws, weighted_table

VOWELS = "aeiou"

_ONSETS = "b br c ch cl d dr f fl g gr h l m n p pl pr qu r s sh sl sp st t th tr v w".split()
_NUCLEI = "a a a e e e e i i i o o o u u ai ea ee ou".split()
_MIDDLES = "b ct d ff g l ll lm m mp n nd nt p r rd rm rn rt rv s ss st t tt v".split()
_NOUN_ENDINGS = "er or ment ness ity ance ence age al ard ory on et ism ist ture ling ock".split()
_VERB_ENDINGS = "ate ish en er ise ify ound ain ect orm".split()
_ADJECTIVE_ENDINGS = "al ous ive ic able ent ant ary ful ish ern".split()

# Fragments that would make an invented word rude or let a rule take it for something else.
_UNWANTED = (
    "anal anus arse ass bast bitc bloo cock coon crap cum cunt damn dic dild dyke fag fuc gay "
    "hell homo java jew kill lesb lorem naz neg nig nud orgy pedo pee penis piss poo porn puss "
    "rap rect sex shit slav slut spic suic teen tit turd twat vag whor"
).split()


def plural(noun: str) -> str:
    """Regular plural of a noun; also the third person of a verb."""
    if noun.endswith("y") and noun[-2] not in VOWELS:
        return noun[:-1] + "ies"
    return noun + ("es" if noun.endswith(("s", "x", "z", "ch", "sh")) else "s")


def past(verb: str) -> str:
    """Past tense of a regular verb whose last consonant is not doubled."""
    if verb.endswith("e"):
        return verb + "d"
    if verb.endswith("y") and verb[-2] not in VOWELS:
        return verb[:-1] + "ied"
    return verb + "ed"


def progressive(verb: str) -> str:
    """The -ing form of a regular verb."""
    silent = verb.endswith("e") and not verb.endswith(("ee", "oe", "ye"))
    return (verb[:-1] if silent else verb) + "ing"


def adverb(adjective: str) -> str:
    """The -ly form of an adjective."""
    if adjective.endswith("le"):
        return adjective[:-1] + "y"
    if adjective.endswith("y"):
        return adjective[:-1] + "ily"
    return adjective + ("ally" if adjective.endswith("ic") else "ly")


def invented_nouns(count: int, draws: Draws, taken: set[str]) -> list[str]:
    """Nouns of two or three syllables that are not ``taken``; they are added to ``taken``."""
    return _invented(count, _NOUN_ENDINGS, draws, taken)


def invented_verbs(count: int, draws: Draws, taken: set[str]) -> list[str]:
    """Verbs, as ``invented_nouns``."""
    return _invented(count, _VERB_ENDINGS, draws, taken)


def invented_adjectives(count: int, draws: Draws, taken: set[str]) -> list[str]:
    """Adjectives, as ``invented_nouns``."""
    return _invented(count, _ADJECTIVE_ENDINGS, draws, taken)


def _invented(count: int, endings: list[str], draws: Draws, taken: set[str]) -> list[str]:
    words: list[str] = []
    syllables = weighted_table([0.75, 0.25], 4)
    while len(words) < count:
        stem = ""
        for _ in range(1 + int(syllables[draws.integer(0, 4)])):
            stem += draws.pick(_ONSETS if not stem else _MIDDLES) + draws.pick(_NUCLEI)
        word = stem + draws.pick(_MIDDLES) + draws.pick(endings)
        if word in taken or any(fragment in word for fragment in _UNWANTED):
            continue
        taken.add(word)
        words.append(word)
    return words
