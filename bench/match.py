"""Matching one dispatch of 600 words against many rules: `python bench/match.py`.

Against a loop of `re.search` over the same rules written as patterns, measured alternately in this
run. Words and their frequencies are drawn like those of English news (Zipf), with a fixed seed; rules
ask for words from the 200th most frequent on, as names and trades are.
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
ROUNDS = 7
BLOCK = 40
EVERYWHERE: frozenset[str] = frozenset()
SYLLABLES = "ba ce di fo gu ha ke li mo nu pa re si to va wen lor tan mir dal sek pro ist ang".split()


def vocabulary(rng: random.Random) -> list[str]:
    """Different words, the most frequent first; those are short."""
    found: dict[str, None] = {}
    while len(found) < VOCABULARY:
        length = 1 + min(4, int(len(found) ** 0.25 / 3)) + rng.randrange(2)
        found["".join(rng.choices(SYLLABLES, k=length))] = None
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


def phrase(words: Sequence[str]) -> tuple[str, str]:
    a, b, *_ = words
    return f"{a} {b}", rf"\b{a}\W+{b}\b"


def close(words: Sequence[str]) -> tuple[str, str]:
    a, b, *_ = words
    return f"{a} NEAR/6 {b[:-1]}*", near(a, rf"{b[:-1]}\w*", 6)


def synonyms(words: Sequence[str]) -> tuple[str, str]:
    a, b, c, d, e, f, g, h = words
    left, right = rf"(?:{a}|{b}|{c}\W+{d})", rf"(?:{e}|{f}\w*|{g}\W+{h})"
    return f"({a} OR {b} OR {c} {d}) NEAR/8 ({e} OR {f}* OR {g} {h})", near(left, right, 8)


def topics(words: Sequence[str]) -> tuple[str, str]:
    a, b, c, d, e, f, *_ = words
    has = r"\A(?=[\s\S]*\b(?:{})\b)(?=[\s\S]*\b(?:{})\b)(?![\s\S]*\b{}\b)"
    pattern = has.format(rf"{a}|{b}\W+{c}", rf"{d}|{e}\w*", f)
    return f"(({a} OR {b} {c}) AND ({d} OR {e}*)) NOT {f}", pattern


# what an analyst writes, and the pattern that someone without our language would write for it
KINDS: Sequence[Callable[[Sequence[str]], tuple[str, str]]] = (phrase, close, synonyms, topics)


def write_rules(folder: Path, count: int, words: Sequence[str], rng: random.Random) -> list[re.Pattern[str]]:
    """Writes that many rules; gives the same as patterns."""
    patterns = []
    documents = []
    for number in range(count):
        expression, pattern = KINDS[number % len(KINDS)](rng.sample(words[COMMON:], 8))
        documents.append(f"rule: R{number}\nwhen:\n  text: {expression}\n")
        patterns.append(re.compile(pattern, re.IGNORECASE))
    folder.mkdir()
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
    dispatches = [a_dispatch(rng, words) for _ in range(600)]
    rules, patterns, loading = compiled(10_000, words, rng)
    print(f"loading 10,000 rules from YAML, compiled: {loading:.1f} s")
    compare(rules, patterns, dispatches)
    grow(rules, words, dispatches, rng)


def compare(
    rules: Sequence[Rule], patterns: Sequence[re.Pattern[str]], dispatches: Sequence[Dispatch]
) -> None:
    """Both alternately, on dispatches that neither saw; the words of others are known, as to a daemon."""
    indexed = RuleSet(rules)
    for each in dispatches[ROUNDS * BLOCK :]:
        indexed.match(each, EVERYWHERE)
    ratios, ours, theirs, found = [], [], [], 0
    for start in range(0, ROUNDS * BLOCK, BLOCK):
        block = dispatches[start : start + BLOCK]
        ours.append(seconds(lambda block=block: match_all(indexed, block)) / BLOCK)
        theirs.append(seconds(lambda block=block: search_all(patterns, block[0])))
        ratios.append(theirs[-1] / ours[-1])
        found += match_all(indexed, block)
    print(f"one dispatch of {WORDS} words, 10,000 rules: {statistics.median(ours) * 1e6:,.0f} µs")
    print(f"the same by re.search in a loop: {statistics.median(theirs) * 1e3:,.0f} ms")
    print(f"ratio: {statistics.median(ratios):,.0f} (from {min(ratios):,.0f} to {max(ratios):,.0f})")
    print(f"matches a dispatch: {found / ROUNDS / BLOCK:.2f}")


def grow(
    rules: Sequence[Rule], words: Sequence[str], dispatches: Sequence[Dispatch], rng: random.Random
) -> None:
    """The same dispatches against ever more rules, alternately."""
    more, _, _ = compiled(90_000, words, rng)
    further = [replace(rule, id=f"more-{rule.id}") for rule in more]
    sets = [RuleSet([*rules, *further][:count]) for count in (100, 1_000, 10_000, 100_000)]
    for one in sets:
        match_all(one, dispatches[ROUNDS * BLOCK :])
    times: list[list[float]] = [[] for _ in sets]
    for start in range(0, ROUNDS * BLOCK, BLOCK):
        block = dispatches[start : start + BLOCK]
        for measured, one in zip(times, sets, strict=True):
            measured.append(seconds(lambda one=one, block=block: match_all(one, block)) / BLOCK)
    for measured, one in zip(times, sets, strict=True):
        print(f"{len(one.rules):>7,} rules: {statistics.median(measured) * 1e6:,.0f} µs a dispatch")


if __name__ == "__main__":
    main()
