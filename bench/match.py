"""Matching one dispatch of 600 words against many rules: `python bench/match.py`.

Against a loop of `re.search` over the same rules written as patterns, measured alternately in this
run. Words and their frequencies are drawn like those of English news (Zipf), with a fixed seed; rules
ask for words from the 200th most frequent on, as names and trades are.

No dispatch is matched twice: a daemon sees each once, and what it knows of words it has from others.
Beside that stands what the first dispatch costs after a start, when nothing is known.
"""

import random
import re
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from watcher.model import Dispatch, Surface
from watcher.rules.index import RuleSet
from watcher.rules.load import load
from watcher.rules.rule import Rule

VOCABULARY = 50_000
COMMON = 200
WORDS = 600
ROUNDS = 15
BEFORE = 1_000  # dispatches that a daemon has seen
BLOCK = 40
EVERYWHERE: frozenset[str] = frozenset()
ONSETS = "b c d f g h j k l m n p qu r s t v w y z bl br ch cl cr dr fl fr gr pl pr sh st str th tr".split()
VOWELS = "a e i o u ai ea ee io ou".split()
CODAS = ["", "", "", *"n r s t l m d ck ng nd st rt".split()]


def vocabulary(rng: random.Random) -> list[str]:
    """Different words, the most frequent first; those are short."""
    found: dict[str, None] = {}
    while len(found) < VOCABULARY:
        syllables = 1 + (len(found) > COMMON) + rng.randrange(2) + rng.randrange(2)
        found[
            "".join(rng.choice(ONSETS) + rng.choice(VOWELS) + rng.choice(CODAS) for _ in range(syllables))
        ] = None
    return list(found)


def a_dispatch(rng: random.Random, words: Sequence[str]) -> Dispatch:
    weights = [1 / (rank + 2) for rank in range(len(words))]
    text = rng.choices(words, weights, k=WORDS)
    sentences = [" ".join(text[start : start + 20]).capitalize() + "." for start in range(12, WORDS, 20)]
    paragraphs = "\n".join(" ".join(sentences[start : start + 3]) for start in range(0, len(sentences), 3))
    return Dispatch("bench", " ".join(text[:12]).title(), paragraphs, (Surface("bench"),))


def near(first: str, second: str, distance: int) -> str:
    gap = rf"(?:\W+\w+){{0,{distance}}}?\W+"
    return rf"\b{first}\b{gap}{second}\b|\b{second}\b{gap}{first}\b"


def phrase(words: Sequence[str], lists: Sequence[Sequence[str]]) -> tuple[str, str]:
    a, b, *_ = words
    return f"{a} {b}", rf"\b{a}\W+{b}\b"


def close(words: Sequence[str], lists: Sequence[Sequence[str]]) -> tuple[str, str]:
    a, b, *_ = words
    return f"{a} NEAR/6 {b[:-1]}*", near(a, rf"{b[:-1]}\w*", 6)


def synonyms(words: Sequence[str], lists: Sequence[Sequence[str]]) -> tuple[str, str]:
    a, b, c, d, e, f, g, h = words
    left, right = rf"(?:{a}|{b}|{c}\W+{d})", rf"(?:{e}|{f}\w*|{g}\W+{h})"
    return f"({a} OR {b} OR {c} {d}) NEAR/8 ({e} OR {f}* OR {g} {h})", near(left, right, 8)


def topics(words: Sequence[str], lists: Sequence[Sequence[str]]) -> tuple[str, str]:
    a, b, c, d, e, f, *_ = words
    has = r"\A(?=[\s\S]*\b(?:{})\b)(?=[\s\S]*\b(?:{})\b)(?![\s\S]*\b{}\b)"
    pattern = has.format(rf"{a}|{b}\W+{c}", rf"{d}|{e}\w*", f)
    return f"(({a} OR {b} {c}) AND ({d} OR {e}*)) NOT {f}", pattern


def listed(words: Sequence[str], lists: Sequence[Sequence[str]]) -> tuple[str, str]:
    a, b, c, *_ = words
    number = len(a + b + c) % len(lists)
    names = "|".join(term.replace(" ", r"\W+") for term in lists[number])
    return f"({a} OR {b} {c}) NEAR/9 $l{number}", near(rf"(?:{a}|{b}\W+{c})", rf"(?:{names})", 9)


# what an analyst writes, and the pattern that someone without our language would write for it
KINDS = (phrase, close, synonyms, topics, listed)


def a_list(words: Sequence[str], rng: random.Random) -> list[str]:
    """Twenty names, as of bodies and offices, half of them of two words."""
    found = rng.sample(words[COMMON:], 30)
    return [
        *found[:10],
        *(f"{first} {second}" for first, second in zip(found[10:20], found[20:], strict=True)),
    ]


def write_rules(folder: Path, count: int, words: Sequence[str], rng: random.Random) -> list[re.Pattern[str]]:
    """Writes that many rules; gives the same as patterns."""
    lists = [a_list(words, rng) for _ in range(20)]
    (folder / "lists").mkdir(parents=True)
    for number, terms in enumerate(lists):
        text = "".join(f"- {term}\n" for term in terms)
        (folder / "lists" / f"l{number}.yaml").write_text(text, encoding="utf-8")
    patterns = []
    documents = []
    for number in range(count):
        expression, pattern = KINDS[number % len(KINDS)](rng.sample(words[COMMON:], 8), lists)
        documents.append(f"rule: R{number}\nwhen:\n  text: {expression}\n")
        patterns.append(re.compile(pattern, re.IGNORECASE))
    for start in range(0, count, 1000):
        text = "---\n".join(documents[start : start + 1000])
        (folder / f"{start}.yaml").write_text(text, encoding="utf-8")
    return patterns


def seconds(work: Callable[[], object]) -> float:
    start = time.process_time()
    work()
    return time.process_time() - start


def search_all(patterns: Sequence[re.Pattern[str]], dispatch: Dispatch) -> int:
    text = f"{dispatch.headline}\n{dispatch.body}"
    return sum(1 for pattern in patterns if pattern.search(text))


def match_all(rules: RuleSet, dispatches: Sequence[Dispatch]) -> int:
    return sum(len(rules.match(each, EVERYWHERE)) for each in dispatches)


def compiled(
    count: int, words: Sequence[str], rng: random.Random
) -> tuple[tuple[Rule, ...], list[re.Pattern[str]], float]:
    """Rules, patterns, and how long loading the rules from their files took."""
    with tempfile.TemporaryDirectory() as folder:
        patterns = write_rules(Path(folder) / "rules", count, words, rng)
        start = time.process_time()
        loaded = load(Path(folder) / "rules")
        took = time.process_time() - start
    assert len(loaded.rules) == count, loaded.problems
    return loaded.rules, patterns, took


def main() -> None:
    rng = random.Random(4)
    words = vocabulary(rng)
    dispatches = [a_dispatch(rng, words) for _ in range(BEFORE + ROUNDS * BLOCK)]
    rules, patterns, loading = compiled(10_000, words, rng)
    print(f"loading 10,000 rules from YAML, compiled: {loading:.1f} s")
    compare(rules, patterns, dispatches)
    grow(rules, words, dispatches, rng)


def compare(
    rules: Sequence[Rule], patterns: Sequence[re.Pattern[str]], dispatches: Sequence[Dispatch]
) -> None:
    """By turns: a block of dispatches through ours, one of them through theirs, one through ours anew."""
    indexed = RuleSet(rules)
    match_all(indexed, dispatches[:BEFORE])
    stream, cold, theirs = [], [], []
    for start in range(BEFORE, len(dispatches), BLOCK):
        block = dispatches[start : start + BLOCK]
        stream.append(seconds(lambda block=block: match_all(indexed, block)) / BLOCK)
        theirs.append(seconds(lambda block=block: search_all(patterns, block[0])))
        fresh = RuleSet(rules)
        cold.append(seconds(lambda block=block, fresh=fresh: match_all(fresh, block[:1])))
    matches = match_all(indexed, dispatches[BEFORE:]) / (len(dispatches) - BEFORE)
    print(f"a new dispatch of {WORDS} words against 10,000 rules, {matches:.1f} of which match:")
    print(f"  re.search in a loop: {statistics.median(theirs) * 1e3:,.0f} ms")
    for name, ours in (("watcher", stream), ("watcher, the first after a start", cold)):
        ratio = statistics.median(other / mine for other, mine in zip(theirs, ours, strict=True))
        print(f"  {name}: {statistics.median(ours) * 1e6:,.0f} µs, ratio {ratio:,.0f}")


def grow(
    rules: Sequence[Rule], words: Sequence[str], dispatches: Sequence[Dispatch], rng: random.Random
) -> None:
    """The same dispatches against ever more rules, alternately."""
    more, _, _ = compiled(90_000, words, rng)
    further = [replace(rule, id=f"more-{rule.id}") for rule in more]
    sets = [RuleSet([*rules, *further][:count]) for count in (100, 1_000, 10_000, 100_000)]
    for one in sets:
        match_all(one, dispatches[:BEFORE])
    times: list[list[float]] = [[] for _ in sets]
    for start in range(BEFORE, len(dispatches), BLOCK):
        block = dispatches[start : start + BLOCK]
        for measured, one in zip(times, sets, strict=True):
            measured.append(seconds(lambda one=one, block=block: match_all(one, block)) / BLOCK)
    for measured, one in zip(times, sets, strict=True):
        print(f"{len(one.rules):>7,} rules: {statistics.median(measured) * 1e6:,.0f} µs a dispatch")


if __name__ == "__main__":
    main()
