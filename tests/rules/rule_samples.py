"""Rules and dispatches for the tests of the rules room."""

from collections.abc import Mapping
from pathlib import Path

from watcher.model import Dispatch, Surface
from watcher.rules.load import Loaded, load
from watcher.rules.rule import Rule

RULE = """\
rule: Coal
when:
  headline: coal
tests:
  fires:
    - Coal mined
"""


def dispatch(headline: str = "", body: str = "", **fields: str) -> Dispatch:
    """A dispatch that one source showed; fields: source, link, section, author, language."""
    surface = Surface(fields.get("source", "kcna-en"), fields.get("link", ""), fields.get("section", ""))
    return Dispatch(
        "kcna",
        headline,
        body,
        (surface,),
        author=fields.get("author", ""),
        language=fields.get("language", ""),
    )


def write(folder: Path, files: Mapping[str, str]) -> Path:
    """A rules folder with these files."""
    rules = folder / "rules"
    for name, text in files.items():
        path = rules / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    return rules


def loaded(folder: Path, text: str, **lists: str) -> Loaded:
    """What loading one rule file gives; lists: name → text."""
    return load(
        write(folder, {"x.yaml": text} | {f"lists/{name}.yaml": each for name, each in lists.items()})
    )


def rule(folder: Path, text: str, **lists: str) -> Rule:
    """The one rule of a file that has no errors."""
    found = loaded(folder, text, **lists)
    assert [problem for problem in found.problems if not problem.warning] == []
    (only,) = found.rules
    return only


def said(found: Loaded) -> list[str]:
    """The problems as they are printed."""
    return [str(problem) for problem in found.problems]
