//! The verbs as Redis's commands.

use bytes::Bytes;
use futures_util::future::{join, try_join_all};
use nuages_wire::cache::Expiry;
use nuages_wire::resp::Reply;

use super::Redis;
use super::error::Failure;
use super::route::Route;
use crate::cache::backend::{Answer, CacheBackend, Swapped, Ttl};
use crate::error::Result;

/// Keys in one command at most: it holds the server up while it runs.
const BATCH: usize = 1000;

impl CacheBackend for Redis {
    fn get<'a>(&'a self, key: &'a str) -> Answer<'a, Option<Bytes>> {
        Box::pin(async move { Ok(value(self.call(key, &[b"GET", key.as_bytes()]).await?)?) })
    }

    fn set<'a>(&'a self, key: &'a str, value: Bytes, expiry: Expiry) -> Answer<'a, ()> {
        Box::pin(async move { Ok(self.write(key, &value, expiry).await?) })
    }

    fn add<'a>(&'a self, key: &'a str, value: Bytes, expiry: Expiry) -> Answer<'a, bool> {
        Box::pin(async move {
            let name = key.as_bytes();
            let reply = match expiry {
                // Stored and gone at once: all that can be seen is whether there was room.
                Expiry::Now => return Ok(number(self.call(key, &[b"EXISTS", name]).await?)? == 0),
                Expiry::Never => self.call(key, &[b"SET", name, &value, b"NX"]).await?,
                Expiry::After(_) => {
                    let time = milliseconds(expiry);
                    self.call(key, &[b"SET", name, &value, b"NX", b"PX", time.as_bytes()]).await?
                }
            };
            Ok(reply != Reply::Nil)
        })
    }

    fn delete<'a>(&'a self, key: &'a str) -> Answer<'a, bool> {
        Box::pin(async move { Ok(number(self.call(key, &[b"DEL", key.as_bytes()]).await?)? > 0) })
    }

    fn touch<'a>(&'a self, key: &'a str, expiry: Expiry) -> Answer<'a, bool> {
        Box::pin(async move {
            let name = key.as_bytes();
            let reply = match expiry {
                Expiry::Now => return self.delete(key).await,
                Expiry::After(_) => {
                    let time = milliseconds(expiry);
                    self.call(key, &[b"PEXPIRE", name, time.as_bytes()]).await?
                }
                Expiry::Never => {
                    // `PERSIST` answers 0 also where there is no time to take away.
                    let (persist, exists) = (&[b"PERSIST", name], &[b"EXISTS", name]);
                    let (persisted, exists) = join(self.call(key, persist), self.call(key, exists)).await;
                    persisted?;
                    exists?
                }
            };
            Ok(number(reply)? > 0)
        })
    }

    fn ttl<'a>(&'a self, key: &'a str) -> Answer<'a, Ttl> {
        Box::pin(async move {
            Ok(match number(self.call(key, &[b"PTTL", key.as_bytes()]).await?)? {
                -2 => Ttl::Missing,
                -1 => Ttl::Never,
                left => Ttl::After(std::time::Duration::from_millis(left.try_into().unwrap_or(0))),
            })
        })
    }

    fn incr<'a>(&'a self, key: &'a str, delta: i64) -> Answer<'a, Option<i64>> {
        Box::pin(async move {
            let delta = delta.to_string();
            match self.incr.run(&self.route, key.as_bytes(), &[delta.as_bytes()]).await? {
                Reply::Nil => Ok(None),
                sum => Ok(Some(number(sum)?)),
            }
        })
    }

    fn compare_and_swap<'a>(
        &'a self,
        key: &'a str,
        expected: &'a Bytes,
        value: Bytes,
        expiry: Expiry,
    ) -> Answer<'a, Swapped> {
        Box::pin(async move {
            let time = milliseconds(expiry);
            let arguments = [&expected[..], &value, time.as_bytes()];
            Ok(swapped(self.compare_and_swap.run(&self.route, key.as_bytes(), &arguments).await?)?)
        })
    }

    fn compare_and_delete<'a>(&'a self, key: &'a str, expected: &'a Bytes) -> Answer<'a, Swapped> {
        self.compare_and_swap(key, expected, Bytes::new(), Expiry::Now)
    }

    /// `FLUSHDB`, as Django does: whatever else is in that database goes too, a Celery broker's queues for example.
    fn clear(&self) -> Answer<'_, ()> {
        Box::pin(async move { Ok(self.route.call_all(&[b"FLUSHDB", b"ASYNC"]).await?) })
    }

    fn get_many<'a>(&'a self, keys: &'a [String]) -> Answer<'a, Vec<Option<Bytes>>> {
        Box::pin(async move {
            if let Route::Cluster(_) = self.route {
                return try_join_all(keys.iter().map(|key| self.get(key))).await;
            }
            let mut found = Vec::with_capacity(keys.len());
            for keys in keys.chunks(BATCH) {
                let Reply::Array(replies) = self.batch(b"MGET", keys).await? else {
                    return Err(Failure::Odd.into());
                };
                for reply in replies {
                    found.push(value(reply)?);
                }
            }
            Ok(found)
        })
    }

    /// One `SET` for each, sent together.
    fn set_many<'a>(&'a self, entries: Vec<(String, Bytes)>, expiry: Expiry) -> Answer<'a, ()> {
        Box::pin(async move {
            let writes = entries.iter().map(|(key, value)| self.write(key, value, expiry));
            try_join_all(writes).await?;
            Ok(())
        })
    }

    fn delete_many<'a>(&'a self, keys: &'a [String]) -> Answer<'a, u64> {
        Box::pin(async move {
            if let Route::Cluster(_) = self.route {
                let deleted = try_join_all(keys.iter().map(|key| self.delete(key))).await?;
                return Ok(deleted.into_iter().map(u64::from).sum());
            }
            let mut deleted = 0;
            for keys in keys.chunks(BATCH) {
                deleted += u64::try_from(number(self.batch(b"DEL", keys).await?)?).unwrap_or(0);
            }
            Ok(deleted)
        })
    }
}

impl Redis {
    async fn call(&self, key: &str, command: &[&[u8]]) -> Result<Reply, Failure> {
        self.route.call(key.as_bytes(), command).await
    }

    async fn write(&self, key: &str, value: &[u8], expiry: Expiry) -> Result<(), Failure> {
        let (name, time) = (key.as_bytes(), milliseconds(expiry));
        match expiry {
            Expiry::Now => self.call(key, &[b"DEL", name]).await?,
            Expiry::Never => self.call(key, &[b"SET", name, value]).await?,
            Expiry::After(_) => self.call(key, &[b"SET", name, value, b"PX", time.as_bytes()]).await?,
        };
        Ok(())
    }

    /// A command over many keys of one server.
    async fn batch(&self, name: &[u8], keys: &[String]) -> Result<Reply, Failure> {
        let mut command = vec![name];
        command.extend(keys.iter().map(String::as_bytes));
        self.route.call(b"", &command).await
    }
}

/// Nothing for ever, 0 for at once.
fn milliseconds(expiry: Expiry) -> String {
    match expiry {
        Expiry::Never => String::new(),
        Expiry::Now => "0".to_owned(),
        Expiry::After(time) => u64::try_from(time.as_millis()).unwrap_or(u64::MAX).max(1).to_string(),
    }
}

fn value(reply: Reply) -> Result<Option<Bytes>, Failure> {
    match reply {
        Reply::Bulk(bytes) => Ok(Some(bytes)),
        Reply::Nil => Ok(None),
        _ => Err(Failure::Odd),
    }
}

fn number(reply: Reply) -> Result<i64, Failure> {
    if let Reply::Integer(number) = reply { Ok(number) } else { Err(Failure::Odd) }
}

fn swapped(reply: Reply) -> Result<Swapped, Failure> {
    match reply {
        Reply::Integer(_) => Ok(Swapped::Done),
        Reply::Bulk(other) => Ok(Swapped::Changed(other)),
        Reply::Nil => Ok(Swapped::Missing),
        _ => Err(Failure::Odd),
    }
}
