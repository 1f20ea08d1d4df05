"""The first tables: sources, dispatches, rules, alerts and the outbox, with the full-text index."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    _sources()
    _dispatches()
    _rules()
    _alerts()
    _outbox()


def _sources() -> None:
    op.create_table(
        "sources",
        sa.Column("name", sa.String, primary_key=True),
        sa.Column("shape", sa.String, nullable=False),
        sa.Column("enabled", sa.Boolean, nullable=False),
        sa.Column("tags", sa.JSON, nullable=False),
        sa.Column("claimed", sa.Boolean, nullable=False),
        _instant("next_poll_at", nullable=False),
        sa.Column("every", sa.Integer, nullable=False),
        sa.Column("etag", sa.String, nullable=False),
        sa.Column("last_modified", sa.String, nullable=False),
        sa.Column("body_hash", sa.String, nullable=False),
        _instant("baselined_at"),
        _instant("polled_at"),
        _instant("succeeded_at"),
        _instant("news_at"),
        _instant("not_before"),
        _instant("gone_at"),
        sa.Column("failures", sa.Integer, nullable=False),
        sa.Column("overlaps", sa.Boolean, nullable=False),
        sa.Column("error", sa.Text, nullable=False),
        sa.Column("warning", sa.Text, nullable=False),
    )
    op.create_index("sources_due", "sources", ["enabled", "next_poll_at"])


def _dispatches() -> None:
    op.create_table(
        "dispatches",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("outlet", sa.String, nullable=False),
        sa.Column("author", sa.String, nullable=False),
        sa.Column("language", sa.String, nullable=False),
        sa.Column("day", sa.Date),
        _instant("published"),
        _instant("first_seen", nullable=False),
        sa.Column("current", sa.Integer, nullable=False),
        sa.Column("merged_into", sa.Integer, sa.ForeignKey("dispatches.id")),
    )
    op.create_index("ix_dispatches_first_seen", "dispatches", ["first_seen"])
    is_merged = sa.text("merged_into IS NOT NULL")
    op.create_index(
        "dispatches_merged", "dispatches", ["merged_into"], sqlite_where=is_merged, postgresql_where=is_merged
    )
    op.create_table(
        "versions",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("dispatch", sa.Integer, sa.ForeignKey("dispatches.id"), nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("headline", sa.Text, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("fingerprint", sa.String, nullable=False),
        _instant("seen", nullable=False),
        sa.UniqueConstraint("dispatch", "number"),
    )
    op.create_index("ix_versions_fingerprint", "versions", ["fingerprint"])
    op.create_table(
        "surfaces",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("dispatch", sa.Integer, sa.ForeignKey("dispatches.id"), nullable=False),
        sa.Column("source", sa.String, nullable=False),
        sa.Column("link", sa.Text, nullable=False),
        sa.Column("canonical", sa.Text, nullable=False),
        sa.Column("section", sa.Text, nullable=False),
        sa.Column("shown", sa.Integer, nullable=False),
        _instant("first_seen", nullable=False),
        _instant("last_seen", nullable=False),
        sa.UniqueConstraint("dispatch", "source", "canonical", "section"),
    )
    op.create_index("ix_surfaces_canonical", "surfaces", ["canonical"])
    op.create_table(
        "marks",
        sa.Column("source", sa.String, sa.ForeignKey("sources.name"), primary_key=True),
        sa.Column("mark", sa.String, primary_key=True),
        sa.Column("dispatch", sa.Integer, sa.ForeignKey("dispatches.id"), nullable=False),
        sqlite_with_rowid=False,
    )
    # It keeps no text, no positions and no lengths: which dispatch holds a term is all we ask of it.
    op.execute(
        "CREATE VIRTUAL TABLE search USING fts5(terms, content='', detail=none, columnsize=0, tokenize=ascii)"
    )


def _rules() -> None:
    op.create_table(
        "rules",
        sa.Column("id", sa.String, primary_key=True),
        sa.Column("version", sa.String, nullable=False),
        sa.Column("path", sa.String, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("lists", sa.JSON, nullable=False),
        _instant("since", nullable=False),
        _instant("retired_at"),
    )


def _alerts() -> None:
    op.create_table(
        "stories",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("rule", sa.String, nullable=False),
        sa.Column("per", sa.Text, nullable=False),
        _instant("opened_at", nullable=False),
        _instant("last_match_at", nullable=False),
        sa.Column("quiet_after", sa.Integer, nullable=False),
    )
    op.create_index("stories_of_rule", "stories", ["rule", "last_match_at"])
    op.create_table(
        "matches",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("rule", sa.String, nullable=False),
        sa.Column("rule_version", sa.String, nullable=False),
        sa.Column("dispatch", sa.Integer, sa.ForeignKey("dispatches.id"), nullable=False),
        sa.Column("event", sa.String, nullable=False),
        sa.Column("occurrence", sa.String, nullable=False),
        _instant("matched_at", nullable=False),
        sa.Column("story", sa.Integer, sa.ForeignKey("stories.id")),
        sa.UniqueConstraint("rule", "dispatch", "event", "occurrence"),
    )
    op.create_index("ix_matches_dispatch", "matches", ["dispatch"])
    op.create_index("ix_matches_story", "matches", ["story"])
    op.create_table(
        "alerts",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("match", sa.Integer, sa.ForeignKey("matches.id"), nullable=False),
        sa.Column("version", sa.Integer, sa.ForeignKey("versions.id"), nullable=False),
        sa.Column("headline", sa.Text, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("why", sa.Text, nullable=False),
        sa.Column("severity", sa.Integer, nullable=False),
        sa.Column("evidence", sa.JSON, nullable=False),
        sa.Column("captured", sa.JSON, nullable=False),
        sa.Column("error", sa.Text, nullable=False),
        sa.Column("old", sa.Boolean, nullable=False),
        sa.Column("draft", sa.Boolean, nullable=False),
        sa.Column("state", sa.String, nullable=False),
        _instant("created_at", nullable=False),
        sa.UniqueConstraint("match"),
    )
    op.create_index("ix_alerts_created_at", "alerts", ["created_at"])


def _outbox() -> None:
    op.create_table(
        "targets",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("channel", sa.String, nullable=False),
        sa.Column("key", sa.String, nullable=False),
        sa.Column("label", sa.String, nullable=False),
        sa.UniqueConstraint("channel", "key"),
    )
    op.create_table(
        "messages",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("target", sa.Integer, sa.ForeignKey("targets.id"), nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("message_id", sa.String, nullable=False),
        sa.Column("severity", sa.Integer, nullable=False),
        sa.Column("status", sa.String, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("answer", sa.Text, nullable=False),
        _instant("created_at", nullable=False),
        _instant("due_at", nullable=False),
        _instant("first_tried_at"),
        sa.Column("token", sa.String, nullable=False),
        _instant("sent_at"),
        sa.Column("notice", sa.String),
        sa.UniqueConstraint("message_id"),
        sa.UniqueConstraint("target", "notice"),
    )
    op.create_index("messages_due", "messages", ["target", "status", "severity", "due_at"])
    op.create_index("messages_claimed", "messages", ["token"])
    op.create_index("messages_of_status", "messages", ["status"])
    op.create_table(
        "notifications",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("alert", sa.Integer, sa.ForeignKey("alerts.id"), nullable=False),
        sa.Column("target", sa.Integer, sa.ForeignKey("targets.id"), nullable=False),
        sa.Column("status", sa.String, nullable=False),
        sa.Column("batch", sa.String, nullable=False),
        _instant("due_at", nullable=False),
        sa.Column("severity", sa.Integer, nullable=False),
        sa.Column("message", sa.Integer, sa.ForeignKey("messages.id")),
        sa.UniqueConstraint("alert", "target"),
    )
    op.create_index(
        "notifications_due",
        "notifications",
        ["target", "status", "message", "severity", "due_at"],
    )
    op.create_index("notifications_of_message", "notifications", ["message", "status"])


def _instant(name: str, nullable: bool = True) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)
