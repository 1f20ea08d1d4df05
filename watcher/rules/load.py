"""Loads a folder of rules: every problem of every file at once, and every rule that is fit to run."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from watcher.errors import ConfigError, Problem
from watcher.located import documents, read
from watcher.model import RuleText
from watcher.rules.document import read_rule
from watcher.rules.lists import LISTS, Lists, read_list, read_lists
from watcher.rules.pieces import Vocabulary
from watcher.rules.rule import Rule
from watcher.rules.trial import Tests
from watcher.rules.wordlist import WordList
from watcher.rules.written import named_lists


@dataclass(frozen=True, slots=True)
class Loaded:
    """The rules that are fit to run, and what is wrong with the files."""

    rules: tuple[Rule, ...]
    problems: tuple[Problem, ...]

    @property
    def broken_paths(self) -> frozenset[str]:
        """The files with errors: what they hold is not all there."""
        return frozenset(problem.path for problem in self.problems if not problem.warning)


def load(folder: Path, base: Path | None = None) -> Loaded:
    """The rules under a folder, their own tests run; a ConfigError if the folder cannot be read.

    base: where `file: seeds/NAME` of a test starts, and what paths are named from; by default the
    folder's parent. A rule with an error, or whose tests fail, is left out, and a problem says why.
    """
    loader = _Loader(folder, folder.parent if base is None else base)
    return Loaded(tuple(loader.rules()), tuple(sorted(loader.problems)))


def revive(text: RuleText) -> Rule:
    """The rule that a RuleText keeps; a ConfigError if it can no longer be read."""
    words = {
        name: read_list(name, content, f"{LISTS}/{name}.yaml")[0] for name, content in text.lists.items()
    }
    found = documents(text.text, text.path)
    written = read_rule(found[0], text.path, Lists(words, text.lists)) if len(found) == 1 else None
    if written is None or written.rule is None:
        problems = written.problems if written else ()
        raise ConfigError(
            problems or [Problem(text.path, 0, 0, f"the rule {text.id} cannot be read any more")]
        )
    return written.rule


def load_lists(folder: Path, expression: str) -> Mapping[str, WordList]:
    """The word lists of a rules folder, for an expression; a ConfigError if one that it names has errors."""
    lists, problems = read_lists(folder / LISTS, lambda path: str(path.relative_to(folder.parent)))
    named = {lists.broken[name] for name in named_lists(expression) if name in lists.broken}
    if named:
        raise ConfigError([problem for problem in problems if problem.path in named])
    return lists.words


class _Loader:
    """One load of one folder."""

    def __init__(self, folder: Path, base: Path) -> None:
        self._folder = folder
        self._base = base
        self._vocabulary = Vocabulary()
        self._seen: set[Path] = set()
        self.problems: list[Problem] = []

    def rules(self) -> list[Rule]:
        try:
            paths = list(self._paths(self._folder))
        except OSError as error:
            reason = error.strerror or str(error)
            sentence = f"the rules folder cannot be read: {reason}; check `rules` in config.toml"
            raise ConfigError([Problem(str(self._folder), 0, 0, sentence)]) from error
        lists, problems = read_lists(self._folder / LISTS, self._name)
        self.problems += problems
        return self._unique([each for path in paths for each in self._written(path, lists)])

    def _name(self, path: Path) -> str:
        """How problems name a path: from the base, if it is there."""
        return str(path.relative_to(self._base) if path.is_relative_to(self._base) else path)

    def _paths(self, folder: Path) -> Iterator[Path]:
        """The rule files under a folder, in order of their names; hidden ones and word lists are not."""
        self._seen.add(folder.resolve())
        for path in sorted(folder.iterdir()):
            if path.name.startswith(".") or path == self._folder / LISTS:
                continue
            if path.suffix == ".yaml":
                yield path
            elif path.is_dir():
                if path.resolve() not in self._seen:
                    yield from self._paths(path)
            elif path.suffix == ".yml":
                sentence = "only names that end in .yaml are read; rename it"
                self.problems.append(Problem(self._name(path), 0, 0, sentence, warning=True))

    def _written(self, path: Path, lists: Lists) -> Iterator["_Found"]:
        """The rules of one file that are without errors and pass their tests."""
        name = self._name(path)
        try:
            found = documents(read(path, name), name)
        except ConfigError as error:
            self.problems += error.problems
            return
        if not found:
            self.problems.append(Problem(name, 0, 0, "no rule is in this file; write one or delete it"))
        for document in found:
            written = read_rule(document, name, lists)
            self.problems += written.problems
            if written.rule and written.table:
                failed = Tests(written.table, name, self._base, self._vocabulary).run(written.rule)
                self.problems += failed
                yield _Found(written.rule, written.place, all(problem.warning for problem in failed))

    def _unique(self, found: list["_Found"]) -> list[Rule]:
        """The rules whose id no other has; those that share one are errors, and none of them is taken."""
        holders = defaultdict(list)
        for each in found:
            holders[each.rule.id].append(each)
        for each in found:
            others = [other for other in holders[each.rule.id] if other is not each]
            if others:
                path, (line, column) = each.rule.text.path, each.place
                where = f"{others[0].rule.text.path}:{others[0].place[0]}"
                sentence = f"the id {each.rule.id} is taken twice, also in {where}; rename one"
                self.problems.append(Problem(path, line, column, sentence))
        return [each.rule for each in found if each.passes and len(holders[each.rule.id]) == 1]


class _Found(NamedTuple):
    """A rule without errors, where its id stands, and whether its tests pass."""

    rule: Rule
    place: tuple[int, int]
    passes: bool
