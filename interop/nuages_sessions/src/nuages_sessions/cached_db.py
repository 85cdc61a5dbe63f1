"""
`django.contrib.sessions.backends.cached_db` that compares before it writes.

The row is the truth. A session that came from the cache (`django.contrib.sessions.cached_db` and its key) is held against
the row before it is saved, and what is put into the cache is looked up in the row once more: an entry that another
request's save made old does not stay.
"""

import logging
import secrets

from asgiref.sync import sync_to_async
from django.contrib.sessions.backends.base import UpdateError
from django.contrib.sessions.backends.cached_db import SessionStore as CachedDBStore
from django.contrib.sessions.backends.db import SessionStore as DBStore
from django.db import connections, transaction

from .db import CompareAndSwap
from .merge import same

logger = logging.getLogger("nuages_sessions")

# Seconds for which a session that is being deleted is None in the cache: longer than any statement takes.
BURIED = 120
# Where Nuages looks for the entries that somebody could not delete.
STALE = "nuages_session_stale"


class SessionStore(CompareAndSwap, CachedDBStore):
    """The name is part of the signature's salt, `django.contrib.sessions.SessionStore`: it stays as Django's."""

    # The session as the cache had it, serialized: what a request changes inside of it must not change this.
    _snapshot = None

    def load(self):
        try:
            data = self._cache.get(self.cache_key)
        except Exception:
            data = None
        if data is not None:
            self._snapshot = self.serializer().dumps(data)
            return data
        row = self._get_session_from_db()
        if row is None:
            return {}
        data = self.decode(row.session_data)
        self._publish(self._cache.add, data, self.get_expiry_age(expiry=row.expire_date))
        return data

    def exists(self, session_key):
        return DBStore.exists(self, session_key)

    def save(self, must_create=False):
        if self.session_key is None:
            return self.create()
        if not must_create:
            self._get_session()
            self._settle()
        super().save(must_create)
        self._publish(self._cache.set, self._session, self.get_expiry_age())

    def cycle_key(self):
        self._get_session()
        try:
            self._settle()
        except UpdateError:
            # The row is gone: nothing of it can be lost.
            pass
        super().cycle_key()

    def delete(self, session_key=None):
        """
        The entry goes before its row: a process that is killed in between leaves no session behind. With the cache away
        the row goes together with a note for Nuages, which deletes the entry; without Nuages' table it fails as Django's.
        """
        key = session_key or self.session_key
        if key is None:
            return
        name = self.cache_key_prefix + key
        try:
            self._cache.set(name, None, BURIED)
        except Exception:
            with transaction.atomic(using=self._using):
                DBStore.delete(self, key)
                noted = self._note(key)
            if not noted:
                raise
            logger.exception("Error deleting from cache (%s)", self._cache)
            return
        DBStore.delete(self, key)
        try:
            self._cache.delete(name)
        except Exception:
            # It holds nothing, and not for long.
            logger.exception("Error deleting from cache (%s)", self._cache)

    def _note(self, key):
        """Notes that the entry must go, for whoever reaches the cache; whether there is a table for that."""
        connection = connections[self._using]
        with connection.cursor() as cursor:
            if STALE not in connection.introspection.table_names(cursor):
                return False
            cursor.execute(f"DELETE FROM {STALE} WHERE session_key = %s", [key])
            cursor.execute(f"INSERT INTO {STALE} (session_key, mark) VALUES (%s, %s)", [key, secrets.randbits(63)])
        return True

    # Django's own is written a second time; this runs the one above.
    async def adelete(self, session_key=None):
        await sync_to_async(self.delete)(session_key)

    def _settle(self):
        """Gives a session that came from the cache the row that it is a copy of, merged with it where it is none."""
        if self._snapshot is None:
            return
        fresh = self._stored(self.session_key)
        if fresh is None:
            raise UpdateError
        base, self._snapshot = self.serializer().loads(self._snapshot), None
        if not same(base, self.decode(fresh)):
            self._rebase(base, fresh)
        self._loaded = fresh

    def _publish(self, write, data, timeout):
        """Writes into the cache, and takes it back if the row is another by now. The cache may be away."""
        try:
            write(self.cache_key, data, timeout)
            if self._stored(self.session_key) != self._loaded:
                self._cache.delete(self.cache_key)
        except Exception:
            logger.exception("Error saving to cache (%s)", self._cache)
