"""The long-running process, and its one-shot twin: who polls when, who holds the database, how it ends.

Others use `once.run_once`, `daemon.run_daemon` and, for what they do themselves, `assemble.assembled`.
"""
