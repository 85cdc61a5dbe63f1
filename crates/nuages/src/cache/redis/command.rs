//! What is sent for the verbs: `SET :1:cart … PX 1209600000`.
//!
//! A command is kept as what the caller gave until it is written right behind those that wait to be sent.

use std::time::Duration;

use bytes::Bytes;
use nuages_wire::cache::Expiry;
use nuages_wire::resp::{begin_command, write_number, write_word};

use super::script::{COMPARE_AND_SWAP, INCR};

#[derive(Clone)]
pub(super) enum Command<'a> {
    /// `CLUSTER SLOTS`
    Words(&'static [&'static str]),
    /// `GET :1:cart`
    Key(&'static str, &'a str),
    /// `MGET :1:cart :1:user`
    Keys(&'static str, &'a [String]),
    /// `PEXPIRE :1:cart 60000`
    Expire { key: &'a str, after: Duration },
    /// `SET :1:cart … NX PX 60000`; without a time for [`Expiry::Never`].
    Set { key: &'a str, value: Bytes, only_new: bool, expiry: Expiry },
    /// [`INCR`]
    Incr { key: &'a str, delta: i64, by_text: bool },
    /// [`COMPARE_AND_SWAP`]
    CompareAndSwap { key: &'a str, expected: &'a Bytes, value: Bytes, expiry: Expiry, by_text: bool },
}

impl Command<'_> {
    /// Appends it.
    pub(super) fn write(&self, out: &mut Vec<u8>) {
        match self {
            Self::Words(words) => {
                begin_command(out, words.len());
                words.iter().for_each(|word| write_word(out, word.as_bytes()));
            }
            Self::Key(name, key) => {
                begin_command(out, 2);
                write_word(out, name.as_bytes());
                write_word(out, key.as_bytes());
            }
            Self::Keys(name, keys) => {
                begin_command(out, 1 + keys.len());
                write_word(out, name.as_bytes());
                keys.iter().for_each(|key| write_word(out, key.as_bytes()));
            }
            Self::Expire { key, after } => {
                begin_command(out, 3);
                write_word(out, b"PEXPIRE");
                write_word(out, key.as_bytes());
                write_number(out, milliseconds(*after));
            }
            Self::Set { key, value, only_new, expiry } => {
                let time = if let Expiry::After(time) = expiry { Some(*time) } else { None };
                begin_command(out, 3 + usize::from(*only_new) + if time.is_some() { 2 } else { 0 });
                write_word(out, b"SET");
                write_word(out, key.as_bytes());
                write_word(out, value);
                if *only_new {
                    write_word(out, b"NX");
                }
                if let Some(time) = time {
                    write_word(out, b"PX");
                    write_number(out, milliseconds(time));
                }
            }
            Self::Incr { key, delta, by_text } => {
                INCR.begin(out, *by_text, key, 1);
                write_number(out, *delta);
            }
            Self::CompareAndSwap { key, expected, value, expiry, by_text } => {
                COMPARE_AND_SWAP.begin(out, *by_text, key, 3);
                write_word(out, expected);
                write_word(out, value);
                match expiry {
                    Expiry::Never => write_word(out, b""),
                    Expiry::Now => write_word(out, b"0"),
                    Expiry::After(time) => write_number(out, milliseconds(*time)),
                }
            }
        }
    }

    /// Names a script by its text from now on. Says whether that is another command than before.
    pub(super) const fn name_by_text(&mut self) -> bool {
        match self {
            Self::Incr { by_text, .. } | Self::CompareAndSwap { by_text, .. } => {
                !std::mem::replace(by_text, true)
            }
            _ => false,
        }
    }
}

/// 0 would be an error of Redis.
fn milliseconds(time: Duration) -> i64 {
    i64::try_from(time.as_millis()).unwrap_or(i64::MAX).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(command: &Command<'_>) -> String {
        let mut out = Vec::new();
        command.write(&mut out);
        let words = String::from_utf8_lossy(&out).into_owned();
        // Every second line is a length.
        words.split("\r\n").skip(2).step_by(2).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn commands_are_what_redis_reads() {
        let (key, time) = (":1:a", Expiry::After(Duration::from_micros(1500)));
        let set = |only_new, expiry| Command::Set { key, value: "x".into(), only_new, expiry };
        assert_eq!(written(&Command::Key("GET", key)), "GET :1:a");
        assert_eq!(written(&Command::Keys("MGET", &[":1:a".into(), ":1:b".into()])), "MGET :1:a :1:b");
        assert_eq!(written(&Command::Words(&["FLUSHDB", "ASYNC"])), "FLUSHDB ASYNC");
        assert_eq!(written(&Command::Expire { key, after: Duration::ZERO }), "PEXPIRE :1:a 1");
        assert_eq!(written(&set(false, Expiry::Never)), "SET :1:a x");
        assert_eq!(written(&set(true, Expiry::Never)), "SET :1:a x NX");
        assert_eq!(written(&set(true, time)), "SET :1:a x NX PX 1");
        let mut begun = Vec::new();
        set(true, time).write(&mut begun);
        assert!(begun.starts_with(b"*6\r\n$3\r\nSET\r\n"));
    }

    #[test]
    fn scripts_are_named_by_their_texts_when_they_must() {
        let (key, expected) = (":1:a", Bytes::from("x"));
        let swap = |expiry| {
            let (expected, value) = (&expected, "y".into());
            written(&Command::CompareAndSwap { key, expected, value, expiry, by_text: false })
        };
        let sha1 = "0be4458d60e6166864012632ba328efeabcffbde";
        assert_eq!(swap(Expiry::Now), format!("EVALSHA {sha1} 1 :1:a x y 0"));
        assert_eq!(swap(Expiry::Never), format!("EVALSHA {sha1} 1 :1:a x y "));
        assert_eq!(swap(Expiry::After(Duration::from_secs(1))), format!("EVALSHA {sha1} 1 :1:a x y 1000"));
        let mut incr = Command::Incr { key, delta: -7, by_text: false };
        assert_eq!(written(&incr), "EVALSHA e3d1ac791c6d2b2d2746564351d80421f000bba3 1 :1:a -7");
        assert_eq!((incr.name_by_text(), incr.name_by_text()), (true, false));
        let incr = written(&incr);
        assert!(incr.starts_with("EVAL if redis") && incr.ends_with(" 1 :1:a -7"), "{incr}");
        assert!(!Command::Key("GET", key).name_by_text());
    }
}
