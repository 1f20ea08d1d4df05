"""How common a term is, by guess: rules are looked up by their rarest words.

A wrong guess costs time, never a match. The guess depends on the term alone, so that a rule is
compiled once, whatever other rules there are.
"""

from functools import lru_cache

from watcher.text import is_syllabic

_EVERYWHERE = frozenset(
    "the of and to in a for on that is with by at from it as its was has be are this an which not have will "
    "were their they he his she her who all more been or but had into after up out over about new one two "
    "first would when what than other some also under between during against people".split()
)
_FREQUENT = frozenset(
    "year years day days time said says state states country countries government president minister "
    "ministry party committee central meeting meetings korea korean dprk wpk kim jong un "
    "pyongyang kcna national international world war military force forces leader general secretary "
    "republic news report reports workers work officials part group plan held major development economic "
    "economy public city united us china russia chinese russian american company market law court "
    "police million billion percent last next three four month months week made make makes plenary congress "
    "service power production industry industrial sector building construction comrade respected".split()
)
_FIELDS = {"headline": 0.1, "lead": 0.3, "section": 0.1, "author": 0.1, "source": 0.5, "link": 0.3}


def weigh(term: str) -> float:
    """How common a word, a beginning ("plenum*") or a pair of syllables is: large is common."""
    word = term.rstrip("*").casefold()
    if word in _EVERYWHERE:
        weight = 1000.0
    elif word in _FREQUENT:
        weight = 100.0
    elif is_syllabic(word):
        weight = 8.0 / len(word)
    else:
        weight = max(1.0, 12.0 - len(word))
    return weight * 4 if term.endswith("*") else weight


@lru_cache(maxsize=50_000)  # each term of a rule is weighed many times
def weigh_in(field: str, term: str) -> float:
    """How common a term is in a field: a headline has few words."""
    return weigh(term) * _FIELDS.get(field, 1.0)
