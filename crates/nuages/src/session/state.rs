//! One request's view of its session: a snapshot of what is stored, and the log of what was done to it.

use bytes::Bytes;
use nuages_wire::session::{Data, SessionKey};

use super::encoding::Untouchable;
use super::lifetime::Lifetime;
use super::operations::Operation;

/// The state behind a `Session` handle.
#[derive(Debug, Default)]
pub(super) struct State {
    /// `session_key`: what the cookie says, or will say. `None` until a new session is saved.
    pub(super) key: Option<SessionKey>,
    /// The request had a session cookie, of whatever value.
    pub(super) has_cookie: bool,
    /// The stored session that the snapshot was read from; after `cycle_key` its key is the old one.
    pub(super) row: Option<Row>,
    /// The snapshot with the log applied; `None` until somebody asks.
    pub(super) data: Option<Data>,
    /// Why the stored session is left alone.
    pub(super) untouchable: Option<Untouchable>,
    pub(super) log: Vec<Operation>,
    /// What the last save reckoned, if the response follows it.
    pub(super) lifetime: Option<Lifetime>,
    /// What becomes of a new key when the stored session is gone.
    pub(super) if_gone: IfGone,
    /// Somebody read or wrote: the answer depends on the cookie.
    pub(super) accessed: bool,
    /// Somebody wrote: the cookie is to be renewed.
    pub(super) modified: bool,
    /// Something of that is not stored yet.
    pub(super) dirty: bool,
    /// `commit` stored it inside the handler: the cookie follows whatever the status.
    pub(super) committed: bool,
    /// A save failed. It is never tried again, and no cookie is set.
    pub(super) failed: bool,
    /// Another request renewed the key first; this one's is not stored.
    pub(super) abandoned: bool,
    /// The response has gone.
    pub(super) closed: bool,
}

/// What a save under a new key does when the session under the old one was deleted meanwhile.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum IfGone {
    /// Nothing: it is a 400, so that a logout wins.
    #[default]
    Refuse,
    /// Goes on: nobody was logged in there. Of a login form sent twice the later one stands.
    CarryOn,
    /// Leaves it to the request that was faster with the same renewal, if there is nothing else to save.
    GiveWay,
}

/// A stored session: its key, and its bytes as last seen.
#[derive(Clone, Debug)]
pub(super) struct Row {
    pub(super) key: SessionKey,
    pub(super) data: Bytes,
}

impl State {
    /// `SessionBase.is_empty`: no key, and nothing in it.
    pub(super) fn is_empty(&self) -> bool {
        self.key.is_none() && self.data.as_ref().is_none_or(Data::is_empty)
    }

    /// The visitor's cookie leads to nothing: it is to be deleted.
    pub(super) fn has_idle_cookie(&self) -> bool {
        self.has_cookie && self.is_empty()
    }

    /// Nothing of it can be stored any more.
    pub(super) fn is_lost(&self) -> bool {
        self.failed || self.untouchable.is_some()
    }

    /// The snapshot with the log applied; empty when nothing was loaded.
    pub(super) fn data(&mut self) -> &mut Data {
        self.data.get_or_insert_default()
    }

    /// Appends to the log: one step, in most requests.
    pub(super) fn note(&mut self, operation: Operation) {
        if self.log.is_empty() {
            self.log.reserve_exact(1);
        }
        self.log.push(operation);
    }

    /// There is something to save.
    pub(super) fn touch(&mut self) {
        self.accessed = true;
        self.modified = true;
        self.dirty = true;
    }

    /// Forgets everything, the key too; what is inserted from here on makes a new session.
    pub(super) fn forget(&mut self) {
        self.key = None;
        self.row = None;
        self.data = Some(Data::new());
        self.untouchable = None;
        self.log.clear();
        self.failed = false;
        self.touch();
    }
}
