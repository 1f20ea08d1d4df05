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
from pathlib import Path

from watcher.model import Dispatch, Surface
from watcher.rules.index import RuleSet
from watcher.rules.load import load
from watcher.rules.rule import Rule

VOCABULARY = 20_000
COMMON = 200
WORDS = 600
ROUNDS = 7
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


# what an analyst writes, and what someone without our language would write for it
KINDS: Sequence[tuple[Callable[[str, str, str], str], Callable[[str, str, str], str]]] = (
    (lambda a, b, c: f"{a} {b}", lambda a, b, c: rf"\b{a}\W+{b}\b"),
    (lambda a, b, c: f"{a} OR {b} {c}", lambda a, b, c: rf"\b(?:{a}|{b}\W+{c})\b"),
    (lambda a, b, c: f"{a[:4]}* NEAR/6 {b}", lambda a, b, c: near(rf"{a[:4]}\w*", b, 6)),
    (lambda a, b, c: f"({a} OR {b}) NEAR/8 {c}", lambda a, b, c: near(f"(?:{a}|{b})", c, 8)),
)


def write_rules(folder: Path, count: int, words: Sequence[str], rng: random.Random) -> list[re.Pattern[str]]:
    """Writes that many rules; gives the same as patterns."""
    patterns = []
    documents = []
    for number in range(count):
        expression, pattern = KINDS[number % len(KINDS)]
        a, b, c = rng.sample(words[COMMON:], 3)
        documents.append(f"rule: R{number}\nwhen:\n  text: {expression(a, b, c)}\n")
        patterns.append(re.compile(pattern(a, b, c), re.IGNORECASE))
    folder.mkdir()
    for start in range(0, count, 1000):
        text = "---\n".join(documents[start : start + 1000])
        (folder / f"{start}.yaml").write_text(text, encoding="utf-8")
    return patterns


def seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def search_all(patterns: Sequence[re.Pattern[str]], text: str) -> int:
    return sum(1 for pattern in patterns if pattern.search(text))


def compiled(
    count: int, words: Sequence[str], rng: random.Random
) -> tuple[tuple[Rule, ...], list[re.Pattern[str]], float]:
    """Rules, patterns, and how long loading the rules from their files took."""
    with tempfile.TemporaryDirectory() as folder:
        patterns = write_rules(Path(folder) / "rules", count, words, rng)
        start = time.perf_counter()
        loaded = load(Path(folder) / "rules")
        took = time.perf_counter() - start
    assert len(loaded.rules) == count, loaded.problems
    return loaded.rules, patterns, took


def main() -> None:
    rng = random.Random(4)
    words = vocabulary(rng)
    dispatches = [a_dispatch(rng, words) for _ in range(40)]
    rules, patterns, loading = compiled(10_000, words, rng)
    print(f"loading 10,000 rules from YAML, compiled: {loading:.1f} s")
    compare(RuleSet(rules), patterns, dispatches)
    grow(rules, words, dispatches, rng)


def compare(rules: RuleSet, patterns: Sequence[re.Pattern[str]], dispatches: Sequence[Dispatch]) -> None:
    ours, theirs, found = [], [], []
    for each in dispatches[:ROUNDS]:
        text = f"{each.headline}\n{each.body}"
        ours.append(seconds(lambda each=each: rules.match(each, frozenset())))
        theirs.append(seconds(lambda text=text: search_all(patterns, text)))
        found.append((len(rules.match(each, frozenset())), search_all(patterns, text)))
    mine, other = statistics.median(ours), statistics.median(theirs)
    print(f"one dispatch of {WORDS} words, 10,000 rules: {mine * 1e6:,.0f} µs")
    print(f"the same by re.search in a loop: {other * 1e3:,.0f} ms   ratio {other / mine:,.0f}")
    print(f"matches, ours and theirs: {found}")


def grow(
    rules: Sequence[Rule], words: Sequence[str], dispatches: Sequence[Dispatch], rng: random.Random
) -> None:
    more, _, _ = compiled(90_000, words, rng)
    more = tuple(_renamed(rule) for rule in more)
    sets = [RuleSet([*rules, *more][:count]) for count in (100, 1_000, 10_000, 100_000)]
    times: list[list[float]] = [[] for _ in sets]
    for each in dispatches:
        for measured, one in zip(times, sets, strict=True):
            measured.append(seconds(lambda one=one, each=each: one.match(each, frozenset())))
    for measured, one in zip(times, sets, strict=True):
        print(f"{len(one.rules):>7,} rules: {statistics.median(measured) * 1e6:,.0f} µs a dispatch")


def _renamed(rule: Rule) -> Rule:
    from dataclasses import replace

    return replace(rule, id=f"more-{rule.id}")


if __name__ == "__main__":
    main()
