//! Whether a new password is good enough: the four validators of a new Django project, in their order
//! (`django.contrib.auth.password_validation`).
//!
//! `validate_password("bob12345", &[("username", "bob1234")])` gives "The password is too similar to the username."

use std::collections::HashMap;
use std::fmt;

/// The shortest password that [`validate_password`] lets pass, in characters.
pub const MIN_LENGTH: usize = 8;

/// From this ratio on a password is too similar to something known of its user.
const MAX_SIMILARITY: f64 = 0.7;

/// Why a password was refused. The text is Django's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WeakPassword {
    /// Too much like this attribute of the user.
    TooSimilar(&'static str),
    /// Shorter than [`MIN_LENGTH`].
    TooShort,
    /// One of those that everybody tries first.
    TooCommon,
    /// Digits only.
    EntirelyNumeric,
}

impl fmt::Display for WeakPassword {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooSimilar(attribute) => write!(f, "The password is too similar to the {attribute}."),
            Self::TooShort => {
                write!(f, "This password is too short. It must contain at least {MIN_LENGTH} characters.")
            }
            Self::TooCommon => f.write_str("This password is too common."),
            Self::EntirelyNumeric => f.write_str("This password is entirely numeric."),
        }
    }
}

/// Everything that is wrong with `password` for a user with these attributes, by their names for people
/// (`("email address", "bob@example.com")`). Empty when it will do.
pub fn validate_password(password: &str, attributes: &[(&'static str, &str)]) -> Vec<WeakPassword> {
    let lower = password.to_lowercase();
    let letters = Letters::of(&lower);
    let mut found = Vec::new();
    let similar = attributes.iter().find(|(_, value)| is_similar(&letters, &value.to_lowercase()));
    found.extend(similar.map(|(name, _)| WeakPassword::TooSimilar(name)));
    if password.chars().count() < MIN_LENGTH {
        found.push(WeakPassword::TooShort);
    }
    if is_common(lower.trim()) {
        found.push(WeakPassword::TooCommon);
    }
    if !password.is_empty() && password.chars().all(char::is_numeric) {
        found.push(WeakPassword::EntirelyNumeric);
    }
    found
}

/// Whether Django lets an account have this name: 1 to 150 letters, digits and `@.+-_` (`UnicodeUsernameValidator`).
pub fn is_valid_username(username: &str) -> bool {
    (1..=150).contains(&username.chars().count())
        && username.chars().all(|c| c.is_alphanumeric() || "@.+-_".contains(c))
}

/// `UserAttributeSimilarityValidator`: against the whole value and against each word of it.
fn is_similar(password: &Letters, value: &str) -> bool {
    let words = value.split(|c: char| !(c.is_alphanumeric() || c == '_')).filter(|word| !word.is_empty());
    words.chain([value]).filter(|part| !part.is_empty()).any(|part| {
        let length = part.chars().count();
        let far_longer =
            password.length >= 10 * length && (length as f64) < MAX_SIMILARITY / 2.0 * password.length as f64;
        !far_longer && password.quick_ratio(part, length) >= MAX_SIMILARITY
    })
}

/// How often each character occurs in a text, counted once for all comparisons: both sides may be long.
struct Letters {
    counts: HashMap<char, usize>,
    length: usize,
}

impl Letters {
    fn of(text: &str) -> Self {
        let mut letters = Self { counts: HashMap::new(), length: 0 };
        for character in text.chars() {
            *letters.counts.entry(character).or_default() += 1;
            letters.length += 1;
        }
        letters
    }

    /// `difflib.SequenceMatcher.quick_ratio`: how many characters two texts share, wherever they stand.
    fn quick_ratio(&self, other: &str, length: usize) -> f64 {
        let mut taken: HashMap<char, usize> = HashMap::new();
        let shared = other.chars().filter(|character| {
            let taken = taken.entry(*character).or_default();
            *taken += 1;
            self.counts.get(character).is_some_and(|count| *taken <= *count)
        });
        2.0 * shared.count() as f64 / (self.length + length) as f64
    }
}

/// One of those that everybody tries first. Django's own list has 20,000.
fn is_common(password: &str) -> bool {
    include_str!("common_passwords.txt").lines().any(|common| common == password)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The expected texts are Django 5.2's for the same passwords.
    #[test]
    fn a_password_is_refused_in_djangos_words() {
        let texts = |password, attributes: &[(&'static str, &str)]| {
            validate_password(password, attributes).iter().map(ToString::to_string).collect::<Vec<_>>()
        };
        assert_eq!(
            texts("1234567", &[]),
            [
                "This password is too short. It must contain at least 8 characters.",
                "This password is too common.",
                "This password is entirely numeric.",
            ]
        );
        let user = [("username", "bob_the_builder"), ("email address", "robert.smith@example.com")];
        assert_eq!(texts("Bob_the_Builder1", &user), ["The password is too similar to the username."]);
        assert_eq!(texts("robert.smith@ex1", &user), ["The password is too similar to the email address."]);
        assert_eq!(texts("robert.smith1", &user), Vec::<String>::new());
        assert_eq!(texts("a horse, a battery", &user), Vec::<String>::new());
        assert_eq!(texts("PassWord123", &[]), ["This password is too common."]);
    }

    #[test]
    fn names() {
        assert!(is_valid_username("男.a+b-c@d_e1"));
        for bad in ["", "a b", "a/b", "a\0", &"x".repeat(151)] {
            assert!(!is_valid_username(bad), "{bad:?}");
        }
    }
}
