//! Values that many read: decoded once for as long as the bytes stay the same.

use std::any::Any;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;

/// What is kept for a value nobody asks for.
const IDLE: Duration = Duration::from_secs(300);

/// The most bytes of stored values whose decoded forms are kept.
const MAX_BYTES: u64 = 16 << 20;

type Shared = Arc<dyn Any + Send + Sync>;

/// By key, the stored bytes and what they were decoded to. It need not be told of writes: it compares the bytes.
pub(super) struct Decoded(moka::sync::Cache<String, (Bytes, Shared)>);

impl Default for Decoded {
    fn default() -> Self {
        let weigh = |_: &String, (bytes, _): &(Bytes, Shared)| u32::try_from(bytes.len()).unwrap_or(u32::MAX);
        Self(moka::sync::Cache::builder().weigher(weigh).max_capacity(MAX_BYTES).time_to_idle(IDLE).build())
    }
}

impl Decoded {
    /// The value of `bytes`, which stand under `key`; `decode` is called if nobody had them as a `T` before.
    pub(super) fn share<T>(
        &self,
        key: &str,
        bytes: &Bytes,
        decode: impl FnOnce() -> Option<T>,
    ) -> Option<Arc<T>>
    where
        T: Send + Sync + 'static,
    {
        if let Some((known, shared)) = self.0.get(key)
            && same(&known, bytes)
            && let Ok(shared) = shared.downcast()
        {
            return Some(shared);
        }
        let shared = Arc::new(decode()?);
        self.0.insert(key.to_owned(), (bytes.clone(), shared.clone()));
        Some(shared)
    }
}

/// In process the very bytes are handed out again, so that they need not be read.
fn same(known: &Bytes, bytes: &Bytes) -> bool {
    (known.as_ptr() == bytes.as_ptr() && known.len() == bytes.len()) || known == bytes
}

impl fmt::Debug for Decoded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Decoded").finish_non_exhaustive()
    }
}
