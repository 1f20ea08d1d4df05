"""The full-text index: which dispatch holds which terms in its current text.

It keeps no text of its own, so what is taken out must be what was put in. A term left over would
cost a look at a dispatch in vain; a term missing cannot come about.
"""

from collections.abc import Collection, Iterable
from typing import Any

import sqlalchemy as sa

from watcher.model import Dispatch
from watcher.store.among import for_each
from watcher.store.engine import Transaction
from watcher.text import index_terms, is_syllabic

_ADD = sa.text("INSERT INTO search (rowid, terms) VALUES (:id, :terms)")
_DROP = sa.text("INSERT INTO search (search, rowid, terms) VALUES ('delete', :id, :terms)")


def update(tx: Transaction, before: Iterable[Dispatch], after: Iterable[Dispatch]) -> None:
    """Take out the texts that were put in, and put in what they are now; what is the same stays."""
    old = {(each.id, each.headline, each.body) for each in before}
    new = {(each.id, each.headline, each.body) for each in after}
    for_each(tx, _DROP, _rows(old - new))
    for_each(tx, _ADD, _rows(new - old))


def _rows(texts: Collection[tuple[int, str, str]]) -> list[dict[str, Any]]:
    """In the order of their ids: for any that comes out of turn, FTS5 writes out what it has gathered."""
    return [
        {"id": dispatch, "terms": index_terms(f"{headline}\n{body}")}
        for dispatch, headline, body in sorted(texts)
    ]


def holding(anchors: Iterable[str]) -> sa.TextualSelect | None:
    """Selects the ids of the dispatches that hold at least one of the anchors; None: it cannot tell.

    An anchor is one or several words, all of which must be there; "plenum*" is any word that begins so.
    """
    wanted = [_wanted(anchor) for anchor in anchors]
    if not wanted or not all(wanted):
        return None
    query = " OR ".join(wanted)
    statement = sa.text("SELECT rowid AS id FROM search WHERE search MATCH :query").bindparams(query=query)
    return statement.columns(sa.Column("id", sa.Integer))


def _wanted(anchor: str) -> str:
    """What FTS5 is asked for an anchor; quoted, so that nothing in it is an operator."""
    found, is_beginning = index_terms(anchor).split(), anchor.endswith("*")
    is_word = len(found) == 1 and not is_beginning
    # A syllable that stands alone here may be part of a longer run in the text, and be no term there.
    quoted = [f'"{term}"' for term in found if len(term) > 1 or not is_syllabic(term) or is_word]
    if quoted and is_beginning:
        quoted[-1] += " *"
    return f"({' AND '.join(quoted)})" if quoted else ""
