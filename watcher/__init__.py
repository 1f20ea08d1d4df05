"""watcher: polls news feeds, matches new dispatches against rules, and delivers alerts."""

__version__ = "0.1.0"
