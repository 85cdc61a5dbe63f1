//! Scripts on one key: what reads and writes in one step.

use nuages_wire::resp::{begin_command, write_word};

/// A script, and the name that a server gives it once it has seen it: the SHA-1 of its text.
#[derive(Debug)]
pub(super) struct Script {
    text: &'static str,
    sha1: &'static str,
}

impl Script {
    /// Appends the beginning of a call on `key`; so many arguments are to follow. A server that does not know it by its name
    /// answers `NOSCRIPT`, and has run nothing.
    pub(super) fn begin(&self, out: &mut Vec<u8>, by_text: bool, key: &str, arguments: usize) {
        let (command, script) = if by_text { ("EVAL", self.text) } else { ("EVALSHA", self.sha1) };
        begin_command(out, 4 + arguments);
        [command, script, "1", key].iter().for_each(|word| write_word(out, word.as_bytes()));
    }
}

/// `INCRBY` where there is something: Redis would begin at 0, where Django raises.
pub(super) const INCR: Script = Script {
    text: "\
if redis.call('EXISTS', KEYS[1]) == 0 then return false end
return redis.call('INCRBY', KEYS[1], ARGV[1])",
    sha1: "e3d1ac791c6d2b2d2746564351d80421f000bba3",
};

/// Stores the second argument where the first is stored; the third is the time in milliseconds, or nothing for ever, or 0 to
/// delete. Answers 1, the other value that is there, or nothing where there is none.
pub(super) const COMPARE_AND_SWAP: Script = Script {
    text: "\
local stored = redis.call('GET', KEYS[1])
if not stored then return false end
if stored ~= ARGV[1] then return stored end
if ARGV[3] == '0' then redis.call('DEL', KEYS[1])
elseif ARGV[3] == '' then redis.call('SET', KEYS[1], ARGV[2])
else redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3]) end
return 1",
    sha1: "0be4458d60e6166864012632ba328efeabcffbde",
};

#[cfg(test)]
mod tests {
    use nuages_wire::crypto::Algorithm;

    use super::*;

    #[test]
    fn names_are_those_of_the_texts() {
        for script in [INCR, COMPARE_AND_SWAP] {
            assert_eq!(Algorithm::Sha1.digest(&[script.text.as_bytes()]).to_hex(), script.sha1);
        }
    }
}
