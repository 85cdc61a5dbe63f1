"""Django session backends that compare before they write: `nuages_sessions.db` and `nuages_sessions.cached_db`."""
