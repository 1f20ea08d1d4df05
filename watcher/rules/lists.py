"""The word lists of rules/lists/, one file each."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from watcher.errors import ConfigError, Problem
from watcher.located import Entries, Table, Text, Value, documents, read
from watcher.rules.nodes import AnyPlaced
from watcher.rules.term import Term
from watcher.rules.wordlist import Concept, WordList
from watcher.rules.written import Notes

LISTS = "lists"  # the folder


@dataclass(frozen=True, slots=True)
class Lists:
    """Every list: compiled and as its text. broken: those with errors → their files."""

    words: Mapping[str, WordList] = field(default_factory=dict)
    texts: Mapping[str, str] = field(default_factory=dict)
    broken: Mapping[str, str] = field(default_factory=dict)


def read_lists(folder: Path, name_of: Callable[[Path], str]) -> tuple[Lists, list[Problem]]:
    """The lists of a folder, and all that is wrong with their files. name_of: how problems name a file."""
    words: dict[str, WordList] = {}
    texts: dict[str, str] = {}
    broken: dict[str, str] = {}
    found: list[Problem] = []
    for path in sorted(folder.glob("*.yaml")):
        name = path.stem
        try:
            texts[name] = read(path, name_of(path))
            words[name], problems = read_list(name, texts[name], name_of(path))
        except ConfigError as error:
            problems = list(error.problems)
        if any(not problem.warning for problem in problems):
            broken[name] = name_of(path)
        found += problems
    return Lists({name: words[name] for name in words.keys() - broken.keys()}, texts, broken), found


def read_list(name: str, text: str, path: str) -> tuple[WordList, list[Problem]]:
    """The list of that name, and what is wrong with its file: a list with errors must not be used."""
    notes = Notes(path, {}, {})
    found = documents(text, path)
    for document in found:
        notes.problems += document.problems
    value = found[0].value if found else None
    if len(found) != 1:
        notes.problems.append(
            Problem(path, 1, 1, "a list is one document: terms, or concepts with their terms")
        )
    concepts = tuple(_concepts(value, notes)) if value is not None else ()
    if not concepts and not notes.has_errors:
        notes.problems.append(Problem(path, 1, 1, "the list is empty; write terms on lines like - coal"))
    return WordList(name, concepts), notes.problems


def _concepts(value: Value, notes: Notes) -> Iterator[Concept]:
    """Of a mapping its keys with their terms; in a plain list each term is a concept by itself."""
    if isinstance(value, Table):
        for name, terms in value.pairs:
            yield Concept(name.value, tuple(_terms(terms, notes)))
    elif isinstance(value, Entries):
        for each in notes.texts(value, "each term"):
            yield Concept(each.value if isinstance(each, Text) else "", tuple(_terms(each, notes)))
    else:
        notes.error(value, "a list begins with - and a term, or with a concept and a colon")


def _terms(value: Value, notes: Notes) -> Iterator[Term | AnyPlaced]:
    entries: Sequence[Value] = tuple(notes.texts(value, "each term"))
    for each in entries:
        expression = notes.expression(each)
        if isinstance(expression, Term | AnyPlaced):
            yield expression
        elif expression is not None:
            notes.error(
                each, "a term of a list is a word or a phrase; AND, NOT, NEAR and regexes go into a rule"
            )
