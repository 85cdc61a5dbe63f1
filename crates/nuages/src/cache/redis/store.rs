//! The verbs as Redis's commands.

use bytes::Bytes;
use futures_util::future::{join, try_join_all};
use nuages_wire::cache::Expiry;
use nuages_wire::resp::Reply;

use super::Redis;
use super::call::Asked;
use super::command::Command;
use super::error::Failure;
use super::route::Route;
use crate::cache::answer::Answer;
use crate::cache::backend::{CacheBackend, Swapped, Ttl};
use crate::error::Result;

/// Keys in one command at most: it holds the server up while it runs.
const BATCH: usize = 1000;

impl CacheBackend for Redis {
    fn get<'a>(&'a self, key: &'a str) -> Answer<'a, Option<Bytes>> {
        self.ask(key, Command::Key("GET", key), value)
    }

    fn set<'a>(&'a self, key: &'a str, value: Bytes, expiry: Expiry) -> Answer<'a, ()> {
        let command = match expiry {
            Expiry::Now => Command::Key("DEL", key),
            _ => Command::Set { key, value, only_new: false, expiry },
        };
        self.ask(key, command, |_| Ok(()))
    }

    fn add<'a>(&'a self, key: &'a str, value: Bytes, expiry: Expiry) -> Answer<'a, bool> {
        match expiry {
            // Stored and gone at once: all that can be seen is whether there was room.
            Expiry::Now => self.ask(key, Command::Key("EXISTS", key), |reply| Ok(number(reply)? == 0)),
            _ => {
                let command = Command::Set { key, value, only_new: true, expiry };
                self.ask(key, command, |reply| Ok(reply != Reply::Nil))
            }
        }
    }

    fn delete<'a>(&'a self, key: &'a str) -> Answer<'a, bool> {
        self.ask(key, Command::Key("DEL", key), was_there)
    }

    fn touch<'a>(&'a self, key: &'a str, expiry: Expiry) -> Answer<'a, bool> {
        match expiry {
            Expiry::Now => self.delete(key),
            Expiry::After(after) => self.ask(key, Command::Expire { key, after }, was_there),
            Expiry::Never => Answer::new(async move {
                // `PERSIST` answers 0 also where there is no time to take away.
                let persist = self.ask(key, Command::Key("PERSIST", key), number);
                let exists = self.ask(key, Command::Key("EXISTS", key), was_there);
                let (persisted, exists) = join(persist, exists).await;
                persisted?;
                exists
            }),
        }
    }

    fn ttl<'a>(&'a self, key: &'a str) -> Answer<'a, Ttl> {
        self.ask(key, Command::Key("PTTL", key), |reply| {
            Ok(match number(reply)? {
                -2 => Ttl::Missing,
                -1 => Ttl::Never,
                left => Ttl::After(std::time::Duration::from_millis(left.try_into().unwrap_or(0))),
            })
        })
    }

    fn incr<'a>(&'a self, key: &'a str, delta: i64) -> Answer<'a, Option<i64>> {
        self.ask(key, Command::Incr { key, delta, by_text: false }, |reply| match reply {
            Reply::Nil => Ok(None),
            sum => number(sum).map(Some),
        })
    }

    fn compare_and_swap<'a>(
        &'a self,
        key: &'a str,
        expected: &'a Bytes,
        value: Bytes,
        expiry: Expiry,
    ) -> Answer<'a, Swapped> {
        let command = Command::CompareAndSwap { key, expected, value, expiry, by_text: false };
        self.ask(key, command, swapped)
    }

    fn compare_and_delete<'a>(&'a self, key: &'a str, expected: &'a Bytes) -> Answer<'a, Swapped> {
        self.compare_and_swap(key, expected, Bytes::new(), Expiry::Now)
    }

    /// `FLUSHDB`, as Django does: whatever else is in that database goes too, a Celery broker's queues for example.
    fn clear(&self) -> Answer<'_, ()> {
        Answer::new(async { Ok(self.route.call_all(Command::Words(&["FLUSHDB", "ASYNC"])).await?) })
    }

    fn get_many<'a>(&'a self, keys: &'a [String]) -> Answer<'a, Vec<Option<Bytes>>> {
        let Route::One(node) = &self.route else {
            return Answer::new(try_join_all(keys.iter().map(|key| self.get(key))));
        };
        Answer::new(async move {
            let mut found = Vec::with_capacity(keys.len());
            for keys in keys.chunks(BATCH) {
                let Reply::Array(replies) = node.call(Command::Keys("MGET", keys)).await? else {
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
        Answer::new(async move {
            let writes = entries.iter().map(|(key, value)| self.set(key, value.clone(), expiry));
            try_join_all(writes).await?;
            Ok(())
        })
    }

    fn delete_many<'a>(&'a self, keys: &'a [String]) -> Answer<'a, u64> {
        Answer::new(async move {
            let Route::One(node) = &self.route else {
                let deleted = try_join_all(keys.iter().map(|key| self.delete(key))).await?;
                return Ok(deleted.into_iter().map(u64::from).sum());
            };
            let mut deleted = 0;
            for keys in keys.chunks(BATCH) {
                let reply = node.call(Command::Keys("DEL", keys)).await?;
                deleted += u64::try_from(number(reply)?).unwrap_or(0);
            }
            Ok(deleted)
        })
    }
}

impl Redis {
    /// Sends a command about `key`; `read` makes the answer of the reply.
    fn ask<'a, T: Send + 'a>(
        &'a self,
        key: &'a str,
        command: Command<'a>,
        read: fn(Reply) -> Result<T, Failure>,
    ) -> Answer<'a, T> {
        match &self.route {
            Route::One(node) => Answer::asked(Asked::new(node.call(command), read)),
            Route::Cluster(cluster) => {
                Answer::new(async move { Ok(read(cluster.call(key, command).await?)?) })
            }
        }
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

/// Whether a command found its key.
fn was_there(reply: Reply) -> Result<bool, Failure> {
    Ok(number(reply)? > 0)
}

fn swapped(reply: Reply) -> Result<Swapped, Failure> {
    match reply {
        Reply::Integer(_) => Ok(Swapped::Done),
        Reply::Bulk(other) => Ok(Swapped::Changed(other)),
        Reply::Nil => Ok(Swapped::Missing),
        _ => Err(Failure::Odd),
    }
}
