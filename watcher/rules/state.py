"""Decides what becomes of a match: an alert, a follow-up of a story, or nothing but being known. Pure."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from watcher.model import Alert, Decision, Match, Occasion, Story
from watcher.rules.rule import EVERY_DISPATCH, LONGEST_STORY, ONCE_PER_STORY, Rule

_ORDINALS = (
    "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth "
    "fifteenth sixteenth seventeenth eighteenth nineteenth twentieth"
).split()
_TENS = {"twenty": 20, "thirty": 30}
_NUMBER = re.compile(r"\s*(\d+)\s*(?:st|nd|rd|th|차)?\s*")
_DRAFT = "draft "  # a draft's stories are not those of the rule when it is live: its alerts told nobody


def decide(rule: Rule, match: Match, occasion: Occasion, stories: Sequence[Story], now: datetime) -> Decision:
    """The decision about a match of a rule.

    stories: those of the rule that may be open. A baseline (an occasion that is not live) and an
    event that the rule does not ask for are known, and nothing more. An engine error is always told.
    """
    if not occasion.live or occasion.event not in rule.events:
        return Decision(match, occasion)
    if match.error:
        return Decision(match, occasion, alert=_alert(rule, match, occasion, now))
    return ALERT_KINDS[rule.alert](rule, match, occasion, stories, now)


def is_open(story: Story, now: datetime) -> bool:
    """Has the story been matched within its quiet time, and is it not too old?"""
    return now - story.last_match_at <= story.quiet_after and now - story.opened_at < LONGEST_STORY


def _every_dispatch(
    rule: Rule, match: Match, occasion: Occasion, stories: Sequence[Story], now: datetime
) -> Decision:
    return Decision(match, occasion, alert=_alert(rule, match, occasion, now))


def _once_per_story(
    rule: Rule, match: Match, occasion: Occasion, stories: Sequence[Story], now: datetime
) -> Decision:
    """The first match of a story alerts, the others follow. Without a `per` value any open story takes it."""
    prefix = _DRAFT if rule.status == "draft" else ""
    value = _per_value(rule, match, occasion)
    candidates = [story for story in stories if _may_take(story, rule, prefix, now)]
    if value:
        candidates = [story for story in candidates if story.per == prefix + value]
    story = max(candidates, key=lambda story: (story.last_match_at, story.id), default=None)
    if story is not None:
        return Decision(match, occasion, replace(story, last_match_at=now, quiet_after=rule.quiet_after))
    opened = Story(rule.id, prefix + value, now, now, rule.quiet_after)
    return Decision(match, occasion, opened, _alert(rule, match, occasion, now))


ALERT_KINDS: Mapping[str, Callable[[Rule, Match, Occasion, Sequence[Story], datetime], Decision]] = {
    EVERY_DISPATCH: _every_dispatch,
    ONCE_PER_STORY: _once_per_story,
}


def _may_take(story: Story, rule: Rule, prefix: str, now: datetime) -> bool:
    is_of_kind = story.per.startswith(_DRAFT) == bool(prefix)
    return story.rule == rule.id and is_of_kind and is_open(story, now)


def _alert(rule: Rule, match: Match, occasion: Occasion, now: datetime) -> Alert:
    return Alert(
        match,
        occasion.dispatch,
        occasion.event,
        rule.severity,
        rule.title,
        rule.why,
        now,
        occurrence=occasion.occurrence,
        old=occasion.old,
        draft=rule.status == "draft",
    )


def _per_value(rule: Rule, match: Match, occasion: Occasion) -> str:
    """By what the rule counts separately, as this match has it; "" if it has none."""
    if rule.per == "source":
        return occasion.dispatch.source
    if rule.per == "concept":
        return ", ".join(sorted({each.concept for each in match.evidence if each.concept}))
    return same_number(match.captured.get(rule.per, ""))


def same_number(value: str) -> str:
    """A value in small letters; an ordinal as its digits, so that "Twelfth" and "12th" are one: "12"."""
    number = _NUMBER.fullmatch(value.casefold())
    if number:
        return str(int(number[1]))
    words = value.casefold().replace("-", " ").split()
    ten = _TENS.get(words[0], 0) if len(words) == 2 else 0
    if words and words[-1] in _ORDINALS[:9] and ten:
        return str(ten + _ORDINALS.index(words[-1]) + 1)
    if len(words) == 1 and words[0] in _ORDINALS:
        return str(_ORDINALS.index(words[0]) + 1)
    return "30" if words == ["thirtieth"] else " ".join(words)
