"""The tables. DATA.md's nouns; docs/data.md says which law each column serves."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Date,
    DateTime,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
)


class Instant(TypeDecorator[datetime]):
    """An aware datetime, kept in UTC."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return None if value is None else value.astimezone(UTC)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        return None if value is None else value.replace(tzinfo=UTC)


metadata = MetaData()

sources = Table(
    "sources",
    metadata,
    Column("name", String, primary_key=True),
    Column("shape", String, nullable=False),
    Column("enabled", Boolean, nullable=False),
    Column("tags", JSON, nullable=False),
    Column("claimed", Boolean, nullable=False, default=False),
    Column("next_poll_at", Instant, nullable=False),
    Column("every", Integer, nullable=False),
    Column("etag", String, nullable=False, default=""),
    Column("last_modified", String, nullable=False, default=""),
    Column("body_hash", String, nullable=False, default=""),
    Column("baselined_at", Instant),
    Column("polled_at", Instant),
    Column("succeeded_at", Instant),
    Column("news_at", Instant),
    Column("not_before", Instant),
    Column("gone_at", Instant),
    Column("failures", Integer, nullable=False, default=0),
    Column("overlaps", Boolean, nullable=False, default=False),
    Column("error", Text, nullable=False, default=""),
    Column("warning", Text, nullable=False, default=""),
    Index("sources_due", "enabled", "next_poll_at"),
)

dispatches = Table(
    "dispatches",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("outlet", String, nullable=False),
    Column("author", String, nullable=False),
    Column("language", String, nullable=False),
    Column("day", Date),
    Column("published", Instant),
    Column("first_seen", Instant, nullable=False, index=True),
    Column("current", Integer, nullable=False),
    Column("merged_into", ForeignKey("dispatches.id")),
)
_IS_MERGED = dispatches.c.merged_into.is_not(None)
Index("dispatches_merged", dispatches.c.merged_into, sqlite_where=_IS_MERGED, postgresql_where=_IS_MERGED)

versions = Table(
    "versions",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("dispatch", ForeignKey("dispatches.id"), nullable=False),
    Column("number", Integer, nullable=False),
    Column("headline", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("fingerprint", String, nullable=False, index=True),
    Column("seen", Instant, nullable=False),
    UniqueConstraint("dispatch", "number"),
)

surfaces = Table(
    "surfaces",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("dispatch", ForeignKey("dispatches.id"), nullable=False),
    Column("source", String, nullable=False),
    Column("link", Text, nullable=False),
    Column("canonical", Text, nullable=False, index=True),
    Column("section", Text, nullable=False),
    Column("shown", Integer, nullable=False),
    Column("first_seen", Instant, nullable=False),
    Column("last_seen", Instant, nullable=False),
    UniqueConstraint("dispatch", "source", "canonical", "section"),
)

# What each source's list showed at its last good poll, a raw item a row.
marks = Table(
    "marks",
    metadata,
    Column("source", ForeignKey("sources.name"), primary_key=True),
    Column("mark", String, primary_key=True),
    Column("dispatch", ForeignKey("dispatches.id"), nullable=False),
    sqlite_with_rowid=False,
)

rules = Table(
    "rules",
    metadata,
    Column("id", String, primary_key=True),
    Column("version", String, nullable=False),
    Column("path", String, nullable=False),
    Column("text", Text, nullable=False),
    Column("lists", JSON, nullable=False),
    Column("since", Instant, nullable=False),
    Column("retired_at", Instant),
)

stories = Table(
    "stories",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("rule", String, nullable=False),
    Column("per", Text, nullable=False),
    Column("opened_at", Instant, nullable=False),
    Column("last_match_at", Instant, nullable=False),
    Column("quiet_after", Integer, nullable=False),
    Index("stories_of_rule", "rule", "last_match_at"),
)

# Every match known, told or not: what makes `new` fire once.
matches = Table(
    "matches",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("rule", String, nullable=False),
    Column("rule_version", String, nullable=False),
    Column("dispatch", ForeignKey("dispatches.id"), nullable=False, index=True),
    Column("event", String, nullable=False),
    Column("occurrence", String, nullable=False),
    Column("matched_at", Instant, nullable=False),
    Column("story", ForeignKey("stories.id"), index=True),
    UniqueConstraint("rule", "dispatch", "event", "occurrence"),
)

alerts = Table(
    "alerts",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("match", ForeignKey("matches.id"), nullable=False, unique=True),
    Column("version", ForeignKey("versions.id"), nullable=False),
    Column("headline", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("why", Text, nullable=False),
    Column("severity", Integer, nullable=False),
    Column("evidence", JSON, nullable=False),
    Column("captured", JSON, nullable=False),
    Column("error", Text, nullable=False),
    Column("old", Boolean, nullable=False),
    Column("draft", Boolean, nullable=False),
    Column("state", String, nullable=False),
    Column("created_at", Instant, nullable=False, index=True),
)

targets = Table(
    "targets",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("channel", String, nullable=False),
    Column("key", String, nullable=False),
    Column("label", String, nullable=False),
    UniqueConstraint("channel", "key"),
)

messages = Table(
    "messages",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("target", ForeignKey("targets.id"), nullable=False),
    Column("title", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("message_id", String, nullable=False, unique=True),
    Column("severity", Integer, nullable=False),
    Column("status", String, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("answer", Text, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("due_at", Instant, nullable=False),
    Column("first_tried_at", Instant),
    Column("token", String, nullable=False),
    Column("sent_at", Instant),
    Column("notice", String),
    UniqueConstraint("target", "notice"),
    Index("messages_due", "target", "status", "severity", "due_at"),
    Index("messages_claimed", "token"),
    Index("messages_of_status", "status"),
)

notifications = Table(
    "notifications",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("alert", ForeignKey("alerts.id"), nullable=False),
    Column("target", ForeignKey("targets.id"), nullable=False),
    Column("status", String, nullable=False),
    Column("batch", String, nullable=False),
    Column("due_at", Instant, nullable=False),
    Column("severity", Integer, nullable=False),
    Column("message", ForeignKey("messages.id")),
    UniqueConstraint("alert", "target"),
    Index("notifications_due", "target", "status", "message", "severity", "due_at"),
    Index("notifications_of_message", "message", "status"),
)
