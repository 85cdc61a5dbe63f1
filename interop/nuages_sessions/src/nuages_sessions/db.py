"""
`django.contrib.sessions.backends.db` that compares before it writes.

A row is Django's to the byte: `session_key` `i3vr09339ru910s5rx8frs5h483bpri1`, `session_data`
`eyJhIjoxfQ:1vgM1A:F192Nh8Fi-…`. A save is `UPDATE … WHERE session_key = … AND session_data = <as loaded>`; when another
request was faster, what this one did is merged with what that one stored.
"""

from asgiref.sync import sync_to_async
from django.conf import settings
from django.contrib.sessions.backends.base import UpdateError
from django.contrib.sessions.backends.db import SessionStore as DBStore
from django.db import DatabaseError, connections, router, transaction
from django.db.models import F

from .merge import merge

# The second try locks the row; more are needed only where that cannot be.
MAX_REPLAYS = 24


class CompareAndSwap:
    """The saves of a store of rows; it stands before one of Django's own among the bases."""

    # The row's `session_data` that this session came from, or was stored as.
    _loaded = None
    # The `session_data` of the row that is being written.
    _writing = None

    def _get_session_from_db(self):
        row = super()._get_session_from_db()
        self._loaded = row.session_data if row else None
        return row

    def create_model_instance(self, data):
        row = super().create_model_instance(data)
        self._writing = row.session_data
        return row

    def save(self, must_create=False):
        if self.session_key is None:
            return self.create()
        data = self._get_session(no_load=must_create)
        if must_create or self._loaded is None:
            DBStore.save(self, must_create)
            self._loaded = self._writing
        else:
            self._swap(data)

    def cycle_key(self):
        """The old row is deleted once everything that is in it is in the new one."""
        data, key, loaded = self._session, self.session_key, self._loaded
        self.create()
        self._session_cache = data
        if not key:
            return
        for attempt in range(MAX_REPLAYS):
            with transaction.atomic(using=self._using):
                if attempt:
                    fresh = self._locked(key)
                    # A row that is gone is as Django leaves it: the session goes on under its new key.
                    if fresh is None or loaded is None:
                        break
                    self._rebase(self.decode(loaded), fresh)
                    loaded = fresh
                if self._rows(key).filter(session_data=loaded).delete()[0]:
                    break
        else:
            raise too_busy()
        self.delete(key)

    def _swap(self, data):
        for attempt in range(MAX_REPLAYS):
            try:
                with transaction.atomic(using=self._using):
                    if attempt:
                        data = self._catch_up()
                    if self._replace(data):
                        return
            except DatabaseError as error:
                raise UpdateError from error
        raise too_busy()

    def _replace(self, data):
        """Stores `data` if the row is as loaded; whether it was."""
        row = self.create_model_instance(data)
        fields = (field for field in row._meta.concrete_fields if not field.primary_key)
        values = {field.attname: getattr(row, field.attname) for field in fields}
        if not self._rows(row.session_key).filter(session_data=self._loaded).update(**values):
            return False
        self._loaded = self._writing
        return True

    def _catch_up(self):
        """The session merged with what is stored now."""
        fresh = self._locked(self.session_key)
        if fresh is None:
            raise UpdateError
        merged = self._rebase(self.decode(self._loaded), fresh)
        self._loaded = fresh
        return merged

    def _locked(self, key):
        """As `_stored`, in a transaction; until its end nobody else writes the row, so that this try is the last one."""
        if connections[self._using].features.has_select_for_update:
            rows = self._rows(key).select_for_update()
            return next(iter(rows.values_list("session_data", flat=True)), None)
        # SQLite: a transaction that begins by writing has the lock from there on.
        self._rows(key).update(expire_date=F("expire_date"))
        return self._stored(key)

    def _rebase(self, base, fresh):
        """Merges what this request made of `base` with the stored data `fresh`, and has that for the session."""
        mine = self.serializer().loads(self.serializer().dumps(self._session_cache))
        counters = getattr(settings, "NUAGES_SESSION_COUNTERS", ())
        self._session_cache = merge(base, mine, self.decode(fresh), counters)
        return self._session_cache

    def _stored(self, key):
        """The `session_data` under `key`, or None."""
        return next(iter(self._rows(key).values_list("session_data", flat=True)), None)

    def _rows(self, key):
        """The row under `key` in the database that is written: a replica would answer with what was."""
        return self.model.objects.using(self._using).filter(session_key=key)

    @property
    def _using(self):
        return router.db_for_write(self.model)

    # Django's own are written a second time for each verb; these run the ones above.

    async def aload(self):
        return await sync_to_async(self.load)()

    async def asave(self, must_create=False):
        await sync_to_async(self.save)(must_create)

    async def acycle_key(self):
        await sync_to_async(self.cycle_key)()


class SessionStore(CompareAndSwap, DBStore):
    """The name is part of the signature's salt, `django.contrib.sessions.SessionStore`: it stays as Django's."""


def too_busy():
    return UpdateError("the session changed too often while it was being saved")
