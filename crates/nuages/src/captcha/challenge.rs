//! What a session remembers of the pictures it was shown, and when an answer passes.
//!
//! Under the key `_captcha` the session holds a list, oldest first:
//! `[{"id": "k2v9…", "text": "H4K7", "seed": 912384, "expires_at": 1768478700, "tries": 0}]`.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::error::Result;
use crate::time::{LOWER_ALPHANUMERIC, Random};

use super::ALPHABET;

/// How many answers a challenge takes; after the last wrong one it is gone.
pub const MAX_TRIES: u8 = 5;

/// How many challenges a session keeps, for as many open tabs; the oldest goes first.
pub const MAX_CHALLENGES: usize = 8;

const TEXT_LENGTH: usize = 4;
const ID_LENGTH: usize = 16;

/// No answer is longer, so a longer one is not looked at.
const MAX_ANSWER_BYTES: usize = 64;

/// One picture that somebody was asked to read. Its text is secret and not in its `Debug`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Challenge {
    /// Which challenge it is: 16 characters of `a-z0-9`, put into the form and the picture's address.
    pub id: String,
    /// What the picture shows.
    pub text: String,
    /// What the picture's noise is drawn from, so that one challenge has one picture.
    pub seed: u32,
    /// From when on it can no longer be answered, in seconds since 1970.
    pub expires_at: i64,
    /// How many wrong answers were given.
    pub tries: u8,
}

impl fmt::Debug for Challenge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { id, expires_at, tries, .. } = self;
        f.debug_struct("Challenge")
            .field("id", id)
            .field("expires_at", expires_at)
            .field("tries", tries)
            .finish_non_exhaustive()
    }
}

/// What came of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It is right, and the challenge is used up.
    Passed,
    /// It is wrong; so many tries are left, and with none the challenge is gone.
    Wrong(u8),
    /// There is no such challenge: never made, used, timed out, tried too often or dropped for newer ones.
    Gone,
}

/// The open challenges of one session, at most [`MAX_CHALLENGES`]. Times are seconds since 1970.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Challenges(Vec<Challenge>);

impl Challenges {
    /// A new challenge that may be answered for `lifetime`, not yet added.
    ///
    /// # Errors
    /// When the operating system has no randomness to give.
    pub fn make(random: &Random, now: i64, lifetime: Duration) -> Result<Challenge> {
        let id = random.string(ID_LENGTH, LOWER_ALPHANUMERIC)?;
        let text = random.string(TEXT_LENGTH, ALPHABET)?;
        let expires_at = now.saturating_add(i64::try_from(lifetime.as_secs()).unwrap_or(i64::MAX));
        Ok(Challenge { id, text, seed: random.below(u32::MAX)?, expires_at, tries: 0 })
    }

    /// Adds `challenge`; what has timed out, and the oldest of too many, is dropped.
    pub fn add(&mut self, challenge: Challenge, now: i64) {
        self.drop_expired(now);
        self.0.push(challenge);
        let surplus = self.0.len().saturating_sub(MAX_CHALLENGES);
        self.0.drain(..surplus);
    }

    /// The open challenge `id`.
    pub fn get(&self, id: &str, now: i64) -> Option<&Challenge> {
        self.0.iter().find(|challenge| challenge.id == id && is_open(challenge, now))
    }

    /// Gives the open challenge `id` the text and the picture of `fresh`; its tries and its end stay what they were.
    pub fn renew(&mut self, id: &str, fresh: &Challenge, now: i64) {
        if let Some(challenge) =
            self.0.iter_mut().find(|challenge| challenge.id == id && is_open(challenge, now))
        {
            challenge.text.clone_from(&fresh.text);
            challenge.seed = fresh.seed;
        }
    }

    /// Judges `answer`, regardless of case, of spaces around it, and of full-width typing. A right answer takes the
    /// challenge away, a wrong one takes one of its tries.
    pub fn check(&mut self, id: &str, answer: &str, now: i64) -> Outcome {
        self.drop_expired(now);
        let Some(place) = self.0.iter().position(|challenge| challenge.id == id) else {
            return Outcome::Gone;
        };
        let challenge = &mut self.0[place];
        if is_answer(&challenge.text, answer) {
            self.0.remove(place);
            return Outcome::Passed;
        }
        challenge.tries += 1;
        let left = MAX_TRIES.saturating_sub(challenge.tries);
        if left == 0 {
            self.0.remove(place);
        }
        Outcome::Wrong(left)
    }

    /// Takes the challenge `id` away; says whether it was open.
    pub fn consume(&mut self, id: &str, now: i64) -> bool {
        self.drop_expired(now);
        let before = self.0.len();
        self.0.retain(|challenge| challenge.id != id);
        self.0.len() < before
    }

    /// How many challenges are kept.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether none is kept.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn drop_expired(&mut self, now: i64) {
        self.0.retain(|challenge| is_open(challenge, now));
    }
}

fn is_open(challenge: &Challenge, now: i64) -> bool {
    now < challenge.expires_at && challenge.tries < MAX_TRIES
}

fn is_answer(text: &str, answer: &str) -> bool {
    let answer = answer.trim();
    answer.len() <= MAX_ANSWER_BYTES
        && answer.chars().map(to_half_width).map(|character| character.to_ascii_uppercase()).eq(text.chars())
}

/// An input method in full-width mode types `Ａ` (U+FF21) for `A`.
fn to_half_width(character: char) -> char {
    match u32::from(character) {
        code @ 0xFF01..=0xFF5E => char::from_u32(code - 0xFEE0).unwrap_or(character),
        _ => character,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    const NOW: i64 = 1_768_478_400;
    const LIFETIME: Duration = Duration::from_secs(300);

    fn challenges(count: u64) -> (Challenges, Vec<Challenge>) {
        let mut open = Challenges::default();
        let made: Vec<_> =
            (0..count).map(|seed| Challenges::make(&Random::seeded(seed), NOW, LIFETIME).unwrap()).collect();
        made.iter().for_each(|challenge| open.add(challenge.clone(), NOW));
        (open, made)
    }

    #[test]
    fn a_right_answer_passes_once() {
        let (mut open, made) = challenges(2);
        assert_eq!(open.check(&made[0].id, &made[0].text, NOW), Outcome::Passed);
        assert_eq!(open.check(&made[0].id, &made[0].text, NOW), Outcome::Gone);
        assert_eq!(open.check(&made[1].id, &made[0].text, NOW), Outcome::Wrong(4));
        assert_eq!(open.check(&made[1].id, &made[1].text, NOW), Outcome::Passed);
        assert!(open.is_empty());
    }

    #[test]
    fn case_spaces_and_width_do_not_matter() {
        let wide: String = "h4k7".chars().map(|c| char::from_u32(u32::from(c) + 0xFEE0).unwrap()).collect();
        for answer in ["H4K7", "h4k7", " h4K7\t", &wide] {
            assert!(is_answer("H4K7", answer), "{answer}");
        }
        let long = format!("H4K7{}", " ".repeat(99));
        assert!(is_answer("H4K7", &long), "spaces at the end are no part of it");
        for answer in ["", "H4K", "H4K77", "H 4K7", "ſ4K7", &"H".repeat(10_000)] {
            assert!(!is_answer("H4K7", answer), "{answer}");
        }
    }

    #[test]
    fn the_fifth_wrong_answer_is_the_last() {
        let (mut open, made) = challenges(1);
        let left: Vec<_> = (0..6).map(|_| open.check(&made[0].id, "no", NOW)).collect();
        use Outcome::{Gone, Wrong};
        assert_eq!(left, [Wrong(4), Wrong(3), Wrong(2), Wrong(1), Wrong(0), Gone]);
        assert_eq!(open.check(&made[0].id, &made[0].text, NOW), Gone);
    }

    #[test]
    fn its_time_and_not_a_second_more() {
        let (open, made) = challenges(1);
        assert!(open.get(&made[0].id, NOW + 299).is_some());
        assert!(open.get(&made[0].id, NOW + 300).is_none());
        assert_eq!(open.clone().check(&made[0].id, &made[0].text, NOW + 299), Outcome::Passed);
        assert_eq!(open.clone().check(&made[0].id, &made[0].text, NOW + 300), Outcome::Gone);
    }

    #[test]
    fn the_oldest_of_too_many_goes() {
        let (open, made) = challenges(10);
        assert_eq!(open.len(), MAX_CHALLENGES);
        assert!(open.get(&made[1].id, NOW).is_none());
        assert!(open.get(&made[2].id, NOW).is_some() && open.get(&made[9].id, NOW).is_some());
    }

    #[test]
    fn a_session_keeps_it_as_a_list_and_no_log_shows_the_text() {
        let (open, made) = challenges(1);
        let Challenge { id, text, seed, .. } = &made[0];
        let json =
            format!(r#"[{{"id":"{id}","text":"{text}","seed":{seed},"expires_at":1768478700,"tries":0}}]"#);
        assert_eq!(serde_json::to_string(&open).unwrap(), json);
        assert!(!format!("{open:?}").contains(text.as_str()));
    }
}
