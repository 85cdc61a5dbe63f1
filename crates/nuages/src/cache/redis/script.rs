//! Scripts on one key: what reads and writes in one step.

use nuages_wire::crypto::Algorithm;
use nuages_wire::resp::Reply;

use super::error::Failure;
use super::route::Route;

/// A script, and the name that a server gives it once it has seen it.
#[derive(Debug)]
pub(super) struct Script {
    text: &'static str,
    sha1: String,
}

impl Script {
    pub(super) fn new(text: &'static str) -> Self {
        Self { text, sha1: Algorithm::Sha1.digest(&[text.as_bytes()]).to_hex() }
    }

    /// Runs it by its name, and by its text where the server does not know it: `NOSCRIPT` means that nothing was run.
    pub(super) async fn run(&self, route: &Route, key: &[u8], arguments: &[&[u8]]) -> Result<Reply, Failure> {
        let mut command = Vec::with_capacity(4 + arguments.len());
        command.extend([b"EVALSHA", self.sha1.as_bytes(), b"1", key]);
        command.extend(arguments);
        match route.call(key, &command).await {
            Err(failure) if failure.is("NOSCRIPT") => {
                command[0] = b"EVAL";
                command[1] = self.text.as_bytes();
                route.call(key, &command).await
            }
            answer => answer,
        }
    }
}

/// `INCRBY` where there is something: Redis would begin at 0, where Django raises.
pub(super) const INCR: &str = "\
if redis.call('EXISTS', KEYS[1]) == 0 then return false end
return redis.call('INCRBY', KEYS[1], ARGV[1])";

/// Stores the second argument where the first is stored; the third is the time in milliseconds, or nothing for ever, or 0 to
/// delete. Answers 1, the other value that is there, or nothing where there is none.
pub(super) const COMPARE_AND_SWAP: &str = "\
local stored = redis.call('GET', KEYS[1])
if not stored then return false end
if stored ~= ARGV[1] then return stored end
if ARGV[3] == '0' then redis.call('DEL', KEYS[1])
elseif ARGV[3] == '' then redis.call('SET', KEYS[1], ARGV[2])
else redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3]) end
return 1";
