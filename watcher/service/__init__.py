"""The long-running process, and its one-shot twin: who polls when, who holds the database, how it ends.

Others use `assemble.Watcher`, `once.run_once` and `daemon.run_daemon`.
"""
