"""What is wrong with the sentences of a page, whatever they say."""

import re
from collections.abc import Iterator

# What a page says beside its figures.
READ_SENTENCES = """() => {
    const said = ".summary, .change, .window, .pager span, #status, #saved";
    return [...document.querySelectorAll(said)]
        .filter((one) => !one.hidden).map((one) => one.textContent);
}"""
NOUNS = "(?:more |selling )?(?:brand|customer|day|month|order|other|product|row|unit|week)"
ALONE = r"(?<![\d.,\u202f])1"
MANY = r"(?:0|[2-9]|\d[\d.,]*\d)"
PLURAL, SINGULAR = "(?:are|were|bring|run|last)", "(?:is|was|brings|runs|lasts)"
WRONG = {
    "one of several": rf"{ALONE} {NOUNS}s\b",
    "several of one": rf"(?<![\d.,]){MANY} {NOUNS}\b(?!s)",
    "one with a verb of several": rf"{ALONE} (?:of [\d.,]+ )?{NOUNS}s? {PLURAL}\b",
    "several with a verb of one": rf"(?<![\d.,])(?<!of ){MANY} (?:of (?!1 )[\d.,]+ )?"
    rf"{NOUNS}s? {SINGULAR}\b",
    "in a day": r"\bin \d{1,2}[. ]",
    "no value": r"\b(?:null|undefined|NaN|Infinity)\b|\[object",
}


def wrong_sentences(sentences: list[str]) -> Iterator[str]:
    """Yield the sentences with a number, noun, verb or preposition that do not go together."""
    for sentence in sentences:
        for fault, pattern in WRONG.items():
            if re.search(pattern, sentence):
                yield f"{fault}: {sentence!r}"
