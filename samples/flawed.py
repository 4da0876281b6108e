"""Documents that a cleaning pipeline should drop, one function per flaw."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from samples import english_words as listed
from samples.chinese_words import PROMOTIONAL as CHINESE_PROMOTIONAL
from samples.domains import DOMAINS, menu_line, notice_line
from samples.draws import Draws
from samples.language import Language, sentences

Flaw = Callable[[Language, Draws], str]

_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_CONSONANTS = "bcdfghjklmnpqrstvwxz"


def boilerplate(language: Language, draws: Draws) -> str:
    """Menus and notices of a site, and nothing else."""
    domain = draws.pick(DOMAINS)
    lines = [draws.pick(domain.menu)]
    for _ in range(draws.integer(20, 70)):
        kind = draws.integer(0, 10)
        if kind < 7:
            lines.append(" ".join(draws.picks(listed.NOUNS, draws.integer(1, 4))).capitalize())
        else:
            lines.append(menu_line(domain, draws) if kind < 9 else notice_line(domain, draws))
    return "\n".join(lines)


def spam(language: Language, draws: Draws) -> str:
    """A few keywords over and over, in half of the documents with function words between."""
    chinese = language.joiner == ""
    listed_words = CHINESE_PROMOTIONAL if chinese else listed.PROMOTIONAL
    known = [word for word in language.words[200:1500] if len(word) > 1]
    phrase = [draws.pick(listed_words), draws.pick(known), draws.pick(known)]
    fillers = draws.pick((language.words[:50], known))
    lines = []
    for _ in range(draws.integer(8, 30)):
        words: list[str] = []
        for _ in range(draws.integer(3, 6)):
            words += phrase
            if draws.happens(0.3):
                words.append(draws.pick(fillers))
        lines.append(language.joiner.join(words) + ("！" if chinese else "!"))
    return "\n".join(lines)


def gibberish(language: Language, draws: Draws) -> str:
    """Random letters or consonants; in half of the documents with function words between."""
    letters = draws.pick((_LETTERS, _CONSONANTS))
    count = draws.integer(80, 400)
    lengths = draws.integers(3, 11, count).tolist()
    stream = "".join(draws.picks(letters, sum(lengths)))
    words, at = [], 0
    function_word = 0.25 if draws.happens(0.5) else 0.0
    for length in lengths:
        if function_word and draws.happens(function_word):
            words.append(draws.pick(listed.PREPOSITIONS + listed.DETERMINERS))
        words.append(stream[at : at + length])
        at += length
    lines = [" ".join(words[i : i + 12]) for i in range(0, len(words), 12)]
    return ".\n".join(line.capitalize() for line in lines) + "."


def too_short(language: Language, draws: Draws) -> str:
    """One to three sentences: below 50 words in English."""
    texts = sentences(language, draws.integer(1, 4), draws)
    while len(texts) > 1 and sum(len(text.split()) for text in texts) > 45:
        texts.pop()
    return language.joiner.join(texts)


def repeated_lines(language: Language, draws: Draws) -> str:
    """A few lines in random order, many times."""
    lines = sentences(language, draws.integer(3, 7), draws)
    return "\n".join(draws.picks(lines, draws.integer(12, 40)))


def repeated_paragraphs(language: Language, draws: Draws) -> str:
    """Two paragraphs, three to six times, with blank lines between."""
    texts = sentences(language, 8, draws)
    paragraphs = [language.joiner.join(texts[:4]), language.joiner.join(texts[4:])]
    return "\n\n".join(paragraphs * draws.integer(3, 7))


def symbol_heavy(language: Language, draws: Draws) -> str:
    """Prose with a hash sign or an ellipsis after many words."""
    words = " ".join(sentences(language, draws.integer(12, 40), draws)).split(" ")
    marked = [word + draws.pick((" #", " ...", " # #")) * draws.happens(0.3) for word in words]
    return "\n".join(" ".join(marked[i : i + 40]) for i in range(0, len(marked), 40))


def bullet_list(language: Language, draws: Draws) -> str:
    """Lines that all begin with a bullet."""
    bullet = draws.pick("-•")
    return "\n".join(
        f"{bullet} {text}" for text in sentences(language, draws.integer(10, 40), draws)
    )


def ellipsis_lines(language: Language, draws: Draws) -> str:
    """Teasers: most lines break off."""
    texts = sentences(language, draws.integer(10, 30), draws)
    return "\n".join(text[:-1] + "..." if draws.happens(0.7) else text for text in texts)


def curly_bracket(language: Language, draws: Draws) -> str:
    """Prose with a piece of program between."""
    texts = sentences(language, draws.integer(12, 40), draws)
    names = draws.picks(listed.VERBS, 2)
    middle = len(texts) // 2
    code = f"function {names[0]}(value) {{ return {names[1]}(value); }}"
    return "\n".join([" ".join(texts[:middle]), code, " ".join(texts[middle:])])


def lorem_ipsum(language: Language, draws: Draws) -> str:
    """The printers' dummy text, its words shuffled after the beginning."""
    lines = ["Lorem ipsum dolor sit amet."]
    for _ in range(draws.integer(8, 30)):
        lines.append(" ".join(draws.picks(listed.LATIN, draws.integer(8, 18))).capitalize() + ".")
    return "\n".join(lines)


ENGLISH_FLAWS: Mapping[str, tuple[Flaw, float]] = {
    "boilerplate": (boilerplate, 4.0),
    "too-short": (too_short, 4.0),
    "spam": (spam, 2.5),
    "repeated-lines": (repeated_lines, 2.0),
    "repeated-paragraphs": (repeated_paragraphs, 1.0),
    "gibberish": (gibberish, 2.0),
    "symbol-heavy": (symbol_heavy, 1.0),
    "bullet-list": (bullet_list, 1.5),
    "ellipsis-lines": (ellipsis_lines, 1.0),
    "curly-bracket": (curly_bracket, 1.0),
    "lorem-ipsum": (lorem_ipsum, 0.7),
}
"""Flaws of English documents by name, with their weights."""

CHINESE_FLAWS: Mapping[str, tuple[Flaw, float]] = {
    "too-short": (too_short, 4.0),
    "spam": (spam, 2.0),
    "repeated-lines": (repeated_lines, 2.0),
    "repeated-paragraphs": (repeated_paragraphs, 1.0),
}
"""Flaws of Chinese documents."""
