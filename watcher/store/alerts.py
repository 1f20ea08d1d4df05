"""Matches, the stories they belong to, and the alerts among them with what became of each."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert  # its ON CONFLICT is SQLite's as well

from watcher.model import (
    Alert,
    AlertRecord,
    Decision,
    Delivery,
    Dispatch,
    Event,
    Evidence,
    Match,
    Severity,
    Status,
    Story,
)
from watcher.store import dispatches, schema
from watcher.store.among import among, rows_among
from watcher.store.engine import Transaction
from watcher.store.schema import alerts, matches, messages, notifications, stories, targets, versions

LONGEST_STORY = timedelta(days=30)
_OWN_DISPATCH = sa.func.coalesce(schema.dispatches.c.merged_into, schema.dispatches.c.id).label("dispatch")


def known(tx: Transaction, dispatch_ids: Collection[int]) -> set[tuple[str, int, Event, str]]:
    """The matches of these dispatches, and of those merged into them: rule, dispatch, event, occurrence."""
    is_theirs = among(schema.dispatches.c.id) | among(schema.dispatches.c.merged_into)
    columns = sa.select(matches.c.rule, _OWN_DISPATCH, matches.c.event, matches.c.occurrence)
    rows = rows_among(tx, columns.join_from(matches, schema.dispatches).where(is_theirs), dispatch_ids)
    return {(row.rule, row.dispatch, Event(row.event), row.occurrence) for row in rows}


def unheard(tx: Transaction, dispatch_ids: Collection[int]) -> set[tuple[str, int, Event, str]]:
    """Of the known matches of these dispatches those that nobody was told of, by an alert or a story."""
    columns = sa.select(matches.c.rule, matches.c.dispatch, matches.c.event, matches.c.occurrence)
    rows = rows_among(tx, columns.where(among(matches.c.dispatch), _IS_UNHEARD), dispatch_ids)
    return {(row.rule, row.dispatch, Event(row.event), row.occurrence) for row in rows}


def open_stories(tx: Transaction, rules: Collection[str], now: datetime) -> list[Story]:
    """The stories of these rules that may still be open, for the rules to judge; the oldest first."""
    earliest = now - LONGEST_STORY
    is_recent = (stories.c.last_match_at >= earliest) & (stories.c.opened_at >= earliest)
    rows = tx.execute(sa.select(stories).where(stories.c.rule.in_(rules), is_recent).order_by(stories.c.id))
    return [_story(row) for row in rows]


def record(tx: Transaction, decision: Decision, now: datetime) -> Decision:
    """Record a match with its story and its alert; the decision with their ids.

    One that somebody was told of changes nothing: what comes back has neither story nor alert. One
    that was known in silence can still be told.
    """
    match, occasion = decision.match, decision.occasion
    row = _match_row(match, occasion.dispatch, occasion.event, now) | {"occurrence": occasion.occurrence}
    match_id = tx.execute(_ADD_MATCH.returning(matches.c.id), row).scalar()
    if match_id is None and (decision.story or decision.alert):
        match_id = tx.execute(_FIND_UNHEARD, row).scalar()
    if match_id is None:
        return Decision(match, occasion)
    story = decision.story and _save_story(tx, decision.story)
    if story:
        tx.execute(matches.update().where(matches.c.id == match_id).values(story=story.id))
    alert = decision.alert and _add_alert(tx, decision.alert, match_id, story.id if story else 0)
    return replace(decision, story=story, alert=alert)


def record_known(
    tx: Transaction, found: Iterable[tuple[Match, Dispatch]], event: Event, now: datetime
) -> None:
    """Record matches that nobody is told of, so that they raise no alert later."""
    rows = [_match_row(match, dispatch, event, now) for match, dispatch in found]
    if rows:
        tx.execute(_ADD_MATCH, rows)


def get(tx: Transaction, alert_id: int) -> AlertRecord | None:
    """The alert of that id, with what became of it."""
    return next(iter(_records(tx, for_ids(tx, [alert_id]))), None)


def listing(tx: Transaction, limit: int, drafts: bool = False) -> list[AlertRecord]:
    """Alerts with what became of them, the newest first; those of draft rules only when asked for."""
    wanted = _ALERTS.order_by(alerts.c.created_at.desc(), alerts.c.id.desc()).limit(limit)
    rows = tx.execute(wanted if drafts else wanted.where(alerts.c.draft.is_(False))).all()
    return _records(tx, _alerts(tx, rows))


def for_ids(tx: Transaction, ids: Collection[int]) -> list[Alert]:
    """The alerts of these ids, the oldest first, each with the text that it was made on."""
    wanted = _ALERTS.where(among(alerts.c.id)).order_by(alerts.c.id)
    return _alerts(tx, list(rows_among(tx, wanted, sorted(ids))))


_IS_UNHEARD = matches.c.story.is_(None) & ~sa.exists().where(alerts.c.match == matches.c.id)
_FIND_UNHEARD = sa.select(matches.c.id).where(
    *(matches.c[name] == sa.bindparam(name) for name in ("rule", "dispatch", "event", "occurrence")),
    _IS_UNHEARD,
)
_ADD_MATCH = insert(matches).on_conflict_do_nothing(
    index_elements=["rule", "dispatch", "event", "occurrence"]
)
_ALERTS = (
    sa.select(
        alerts,
        *(matches.c.rule, matches.c.rule_version, matches.c.event, matches.c.occurrence, matches.c.story),
        versions.c.body,
        _OWN_DISPATCH,
    )
    .join_from(alerts, matches)
    .join(schema.dispatches, matches.c.dispatch == schema.dispatches.c.id)
    .join(versions, alerts.c.version == versions.c.id)
)


def _match_row(match: Match, dispatch: Dispatch, event: Event, now: datetime) -> dict[str, Any]:
    return {
        "rule": match.rule,
        "rule_version": match.rule_version,
        "dispatch": dispatch.id,
        "event": event,
        "occurrence": "",
        "matched_at": now,
    }


def _save_story(tx: Transaction, story: Story) -> Story:
    row = {
        "rule": story.rule,
        "per": story.per,
        "opened_at": story.opened_at,
        "last_match_at": story.last_match_at,
        "quiet_after": int(story.quiet_after.total_seconds()),
    }
    if story.id:
        tx.execute(stories.update().where(stories.c.id == story.id).values(row))
        return story
    return replace(story, id=tx.execute(stories.insert().returning(stories.c.id), row).scalar_one())


def _story(row: sa.Row[Any]) -> Story:
    quiet_after = timedelta(seconds=row.quiet_after)
    return Story(row.rule, row.per, row.opened_at, row.last_match_at, quiet_after, row.id)


def _add_alert(tx: Transaction, alert: Alert, match_id: int, story_id: int) -> Alert:
    row = {
        "match": match_id,
        "version": _version(alert.dispatch),
        "headline": alert.dispatch.headline,
        "title": alert.title,
        "why": alert.why,
        "severity": alert.severity,
        "evidence": [asdict(each) for each in alert.match.evidence],
        "captured": dict(alert.match.captured),
        "error": alert.match.error,
        "old": alert.old,
        "draft": alert.draft,
        "state": alert.state,
        "created_at": alert.created_at,
    }
    alert_id = tx.execute(alerts.insert().returning(alerts.c.id), row).scalar_one()
    return replace(alert, id=alert_id, story=story_id)


def _version(dispatch: Dispatch) -> int:
    """The id of the version that has the text of the dispatch; a surface may give it another headline."""
    alike = [version for version in dispatch.versions if version.body == dispatch.body]
    return (alike or dispatch.versions)[-1].id


def _alerts(tx: Transaction, rows: Sequence[sa.Row[Any]]) -> list[Alert]:
    found = _dispatches(tx, {row.dispatch for row in rows})
    return [_alert(row, found[row.dispatch]) for row in rows]


def _alert(row: sa.Row[Any], dispatch: Dispatch) -> Alert:
    evidence = tuple(Evidence(**each) for each in row.evidence)
    return Alert(
        match=Match(row.rule, row.rule_version, evidence, row.captured, row.error),
        dispatch=replace(dispatch, headline=row.headline, body=row.body),
        event=Event(row.event),
        severity=Severity(row.severity),
        title=row.title,
        why=row.why,
        created_at=row.created_at,
        occurrence=row.occurrence,
        old=row.old,
        draft=row.draft,
        state=row.state,
        story=row.story or 0,
        id=row.id,
    )


def _records(tx: Transaction, told: Sequence[Alert]) -> list[AlertRecord]:
    deliveries = _deliveries(tx, [alert.id for alert in told])
    followed = _follow_ups(tx, {alert.story for alert in told})
    found = _dispatches(tx, {each for ids in followed.values() for each in ids})

    def record_of(alert: Alert) -> AlertRecord:
        ids = [each for each in followed.get(alert.story, ()) if each != alert.dispatch.id]
        return AlertRecord(alert, tuple(deliveries[alert.id]), tuple(found[each] for each in ids))

    return [record_of(alert) for alert in told]


def _deliveries(tx: Transaction, alert_ids: Collection[int]) -> Mapping[int, list[Delivery]]:
    columns = sa.select(
        notifications.c.alert,
        *(targets.c.channel, targets.c.label, notifications.c.status),
        *(messages.c.attempts, messages.c.answer, messages.c.sent_at),
    )
    joined = columns.join_from(notifications, targets).outerjoin(
        messages, notifications.c.message == messages.c.id
    )
    wanted = joined.where(among(notifications.c.alert)).order_by(notifications.c.id)
    found: dict[int, list[Delivery]] = defaultdict(list)
    for row in rows_among(tx, wanted, alert_ids):
        how_far = (Status(row.status), row.attempts or 0, row.answer or "", row.sent_at)
        found[row.alert].append(Delivery(row.channel, row.label, *how_far))
    return found


def _follow_ups(tx: Transaction, story_ids: Collection[int]) -> Mapping[int, dict[int, None]]:
    """Of each story the dispatches whose match was no alert of its own, in order, each once."""
    columns = sa.select(matches.c.story, _OWN_DISPATCH).join_from(matches, schema.dispatches)
    untold = columns.outerjoin(alerts, alerts.c.match == matches.c.id).where(alerts.c.id.is_(None))
    wanted = untold.where(among(matches.c.story)).order_by(matches.c.id)
    found: dict[int, dict[int, None]] = defaultdict(dict)
    for row in rows_among(tx, wanted, story_ids):
        found[row.story][row.dispatch] = None
    return found


def _dispatches(tx: Transaction, ids: Collection[int]) -> Mapping[int, Dispatch]:
    return {dispatch.id: dispatch for dispatch in dispatches.load(tx, sorted(ids))}
