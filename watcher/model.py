"""The nouns, each a frozen value: the same before it is saved and after it is read back.

An `id` of 0 means "not saved yet". Every datetime is aware and in UTC; a `day` is the date a
dispatch bears, in its source's time zone.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from enum import IntEnum, StrEnum
from hashlib import blake2b
from urllib.parse import urlsplit, urlunsplit
from zoneinfo import ZoneInfo

LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


class Severity(IntEnum):
    """How much an alert matters; ordered."""

    LOW = 1
    MEDIUM = 2
    HIGH = 3
    CRITICAL = 4

    def __str__(self) -> str:
        return self.name.lower()


class Event(StrEnum):
    """What happened to a dispatch."""

    NEW = "new"
    EDITED = "edited"
    WITHDRAWN = "withdrawn"
    PROMOTED = "promoted"


class Status(StrEnum):
    """Where a notification stands."""

    HELD = "held"
    PENDING = "pending"
    SENT = "sent"
    DEAD = "dead"
    SILENCED = "silenced"
    DROPPED = "dropped"


@dataclass(frozen=True, slots=True)
class Source:
    """A place that is polled: how config.toml describes it, and what the last polls left behind."""

    name: str
    url: str = field(repr=False)  # it may hold credentials, as headers and proxy may
    outlet: str
    kind: str = "feed"
    every: timedelta = timedelta(minutes=15)
    timeout: timedelta = timedelta(seconds=30)
    timezone: ZoneInfo | None = None
    language: str = ""
    tags: frozenset[str] = frozenset()
    enabled: bool = True
    allow_private: bool = False
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    proxy: str = field(default="", repr=False)
    # what polling left behind
    etag: str = ""
    last_modified: str = ""
    body_hash: str = ""
    baselined_at: datetime | None = None
    next_poll_at: datetime = LONG_AGO
    polled_at: datetime | None = None
    succeeded_at: datetime | None = None
    news_at: datetime | None = None
    not_before: datetime | None = None
    gone_at: datetime | None = None
    failures: int = 0
    overlaps: bool = False  # has a poll ever shown what the poll before it showed?
    error: str = ""
    warning: str = ""

    @property
    def shown_url(self) -> str:
        """The URL without user name, password and query, which may hold secrets."""
        parts = urlsplit(self.url)
        return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2], query="", fragment=""))

    @property
    def shape(self) -> str:
        """What a poll reads: another shape is another list, and begins with a baseline of its own."""
        return blake2b(f"{self.kind}\0{self.url}\0{self.outlet}".encode(), digest_size=12).hexdigest()


@dataclass(frozen=True, slots=True)
class Response:
    """What a source answered. body: decompressed; empty with `unchanged` (a 304)."""

    url: str
    status: int
    body: bytes = b""
    content_type: str = ""
    etag: str = ""
    last_modified: str = ""
    moved_to: str = ""  # where permanent redirects (301, 308) led, else ""

    @property
    def unchanged(self) -> bool:
        return self.status == 304


@dataclass(frozen=True, slots=True)
class Surface:
    """Where a dispatch was seen: source, link and section.

    shown: how many characters of the folded body it last showed, so that a cut can be told from
    a source that never shows more than a summary.
    """

    source: str
    link: str = ""
    section: str = ""
    canonical: str = ""
    shown: int = 0
    first_seen: datetime = LONG_AGO
    last_seen: datetime = LONG_AGO
    id: int = 0


@dataclass(frozen=True, slots=True)
class Version:
    """The headline and body of a dispatch at one time."""

    headline: str
    body: str
    fingerprint: str
    number: int = 1
    seen: datetime = LONG_AGO
    id: int = 0


@dataclass(frozen=True, slots=True)
class Dispatch:
    """One published piece: its current text and every surface it was seen on.

    From a parser it carries what one item of one poll showed; from the store, everything known.
    mark: the hash of the raw item it was read from (parsers only).
    """

    outlet: str
    headline: str
    body: str
    surfaces: tuple[Surface, ...]
    fingerprint: str = ""
    author: str = ""
    language: str = ""
    day: date | None = None
    published: datetime | None = None
    first_seen: datetime = LONG_AGO
    versions: tuple[Version, ...] = ()
    mark: str = ""
    id: int = 0

    @property
    def source(self) -> str:
        return self.surfaces[0].source

    @property
    def link(self) -> str:
        return next((surface.link for surface in self.surfaces if surface.link), "")


class Change(StrEnum):
    """What a seen text means for the dispatch it belongs to."""

    NEW = "new"  # a dispatch of its own
    SAME = "same"  # a text we hold, or less of one
    GROWN = "grown"  # more of the text we hold: the version grows with it
    EDITED = "edited"  # another version
    VARIANT = "variant"  # the text we hold, under another headline on a further surface


@dataclass(frozen=True, slots=True)
class Placement:
    """Where one seen dispatch belongs.

    seen: as the parser gave it, with its fingerprint; known: the dispatch it belongs to, if we
    hold it; surfaces: those of `seen` that `known` has not; absorbed: a younger dispatch that
    turns out to be `known` and merges into it.
    """

    change: Change
    seen: Dispatch
    known: Dispatch | None = None
    surfaces: tuple[Surface, ...] = ()
    absorbed: Dispatch | None = None


@dataclass(frozen=True, slots=True)
class Listing:
    """What one answer of a source shows.

    dispatches: those whose raw item was not seen before; marks: the raw items of all, in order.
    """

    dispatches: tuple[Dispatch, ...]
    marks: tuple[str, ...]
    warning: str = ""


@dataclass(frozen=True, slots=True)
class Evidence:
    """Words that made a rule true: field[start:end] == quote, in the original text."""

    field: str
    quote: str
    start: int
    end: int
    concept: str = ""


@dataclass(frozen=True, slots=True)
class Match:
    """A rule that a dispatch made true, and why. rule: the rule's id; rule_version: its hash."""

    rule: str
    rule_version: str
    evidence: tuple[Evidence, ...] = ()
    captured: Mapping[str, str] = field(default_factory=dict)
    error: str = ""  # an engine error: the alert goes out marked, never lost


@dataclass(frozen=True, slots=True)
class Story:
    """The run of alerts and follow-ups of one rule and one `per:` value."""

    rule: str
    per: str
    opened_at: datetime
    last_match_at: datetime
    quiet_after: timedelta
    id: int = 0


@dataclass(frozen=True, slots=True)
class Alert:
    """A match worth telling someone. occurrence: the version or surface of an event, "" for new."""

    match: Match
    dispatch: Dispatch
    event: Event
    severity: Severity
    title: str
    why: str
    created_at: datetime
    occurrence: str = ""
    old: bool = False  # part of a flood: it bears a day older than the source's last good poll
    draft: bool = False
    state: str = "open"
    story: int = 0
    id: int = 0


@dataclass(frozen=True, slots=True)
class RuleText:
    """A rule as it is written, with the lists it uses: all that is needed to bring it back.

    version: the hash of text and lists; lists: name → the list file's text.
    """

    id: str
    version: str
    path: str
    text: str
    lists: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Occasion:
    """Something that happened to a dispatch, for the rules to judge.

    occurrence: the id of the version or surface it is about, "" for new. live: false in a baseline,
    where matches become known and nothing is told. old: part of a flood.
    """

    dispatch: Dispatch
    event: Event
    occurrence: str = ""
    live: bool = True
    old: bool = False


@dataclass(frozen=True, slots=True)
class Decision:
    """What becomes of a match: an alert, a follow-up of a story, or nothing but being known.

    story: as it is after this match, with id 0 if this match opens it; None for a rule without stories.
    """

    match: Match
    occasion: Occasion
    story: Story | None = None
    alert: Alert | None = None


@dataclass(frozen=True, slots=True)
class Channel:
    """A named destination. urls: Apprise URLs, one recipient each; never shown, never stored."""

    name: str
    urls: tuple[str, ...] = field(repr=False)
    allow_private: bool = False


@dataclass(frozen=True, slots=True)
class Target:
    """One recipient of a channel. key: a hash of its URL; label: fit to be shown, without secrets."""

    channel: str
    key: str
    label: str
    url: str = field(repr=False, default="")
    allow_private: bool = False
    id: int = 0


@dataclass(frozen=True, slots=True)
class Notification:
    """An alert bound for one target."""

    alert: int
    target: int
    status: Status = Status.PENDING
    batch: str = ""  # notifications of one batch travel in one message
    due_at: datetime = LONG_AGO
    message: int = 0
    id: int = 0


@dataclass(frozen=True, slots=True)
class Waiting:
    """Due notifications that wait to be composed into one message for a target."""

    target: int
    notifications: tuple[int, ...]
    alerts: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Message:
    """The frozen text that carries notifications to one target, with its Message-ID.

    token: proves the claim when the message is settled. first_tried_at: since when it has been tried.
    """

    target: Target
    title: str
    body: str
    message_id: str
    severity: Severity = Severity.MEDIUM
    status: Status = Status.PENDING
    attempts: int = 0
    first_tried_at: datetime | None = None
    answer: str = ""
    token: str = ""
    created_at: datetime = LONG_AGO
    due_at: datetime = LONG_AGO
    sent_at: datetime | None = None
    id: int = 0


@dataclass(frozen=True, slots=True)
class Delivery:
    """How far an alert got to one target."""

    channel: str
    target: str  # the label
    status: Status
    attempts: int = 0
    answer: str = ""
    sent_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class AlertRecord:
    """An alert with what became of it: its deliveries, and the dispatches that followed in its story."""

    alert: Alert
    deliveries: tuple[Delivery, ...] = ()
    follow_ups: tuple[Dispatch, ...] = ()


@dataclass(frozen=True, slots=True)
class OutboxRow:
    """A message, or a notification that waits to be composed into one (id 0), as the outbox lists it."""

    id: int
    channel: str
    target: str  # the label
    status: Status
    severity: Severity
    title: str
    alerts: tuple[int, ...]  # empty for a notice to the operator
    created_at: datetime
    due_at: datetime
    attempts: int = 0
    answer: str = ""
    sent_at: datetime | None = None
