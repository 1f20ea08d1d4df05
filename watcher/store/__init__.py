"""The database, and the only SQL: values of `model` in, values of `model` out.

Others use `Store` for transactions and the modules `sources`, `dispatches`, `search`, `rules`,
`alerts`, `outbox`, whose functions take a `Transaction` first.
"""

from watcher.store.engine import Store, Transaction

__all__ = ["Store", "Transaction"]
