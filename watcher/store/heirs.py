"""Who gets what waits for a recipient that its channel no longer has: the one that took its place.

A password is renewed, a host name corrected: the URL is another, and so is the target. What was refused
under the old one must reach the new one.
"""

from collections.abc import Sequence

import sqlalchemy as sa

from watcher.model import Status, Target
from watcher.store.due import IS_UNFROZEN
from watcher.store.engine import Transaction
from watcher.store.schema import messages, notifications, targets


def inherit(tx: Transaction, channel: str, configured: Sequence[Target]) -> None:
    """Give what waits for former targets of a channel, or was given up, to those it has now.

    The heir has the same label, or is the only one there is; without one, what waits stays where it is.
    Nobody is told twice: what the heir has, or is to have, by itself is not given to it again.
    """
    is_former = (targets.c.channel == channel) & targets.c.id.not_in([target.id for target in configured])
    for former in tx.execute(sa.select(targets).where(is_former)).all():
        alike = [target for target in configured if target.label == former.label] or configured
        if len(alike) == 1:
            _give_messages(tx, former.id, alike[0].id)
            _give_notifications(tx, former.id, alike[0].id)


def _give_messages(tx: Transaction, former: int, heir: int) -> None:
    """All but those on their way, and those of which the heir has a part."""
    has = _alerts_of(heir)
    shared = sa.select(notifications.c.message).where(
        notifications.c.target == former, notifications.c.message.is_not(None), notifications.c.alert.in_(has)
    )
    noted = sa.select(messages.c.notice).where(messages.c.target == heir, messages.c.notice.is_not(None))
    is_new = messages.c.notice.is_(None) | messages.c.notice.not_in(noted)
    is_unsent = messages.c.status.in_((Status.PENDING, Status.DEAD)) & (messages.c.token == "")
    wanted = sa.select(messages.c.id).where(
        messages.c.target == former, is_unsent, is_new, messages.c.id.not_in(shared)
    )
    given = list(tx.scalars(wanted))
    tx.execute(messages.update().where(messages.c.id.in_(given)).values(target=heir))
    tx.execute(notifications.update().where(notifications.c.message.in_(given)).values(target=heir))


def _give_notifications(tx: Transaction, former: int, heir: int) -> None:
    is_theirs = (notifications.c.target == former) & IS_UNFROZEN
    has = _alerts_of(heir)
    tx.execute(notifications.update().where(is_theirs, notifications.c.alert.not_in(has)).values(target=heir))


def _alerts_of(target: int) -> sa.Select[tuple[int]]:
    theirs = notifications.alias()
    return sa.select(theirs.c.alert).where(theirs.c.target == target)
