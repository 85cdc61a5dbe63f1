//! Whether a new password is good enough: the four validators of a new Django project, in their order
//! (`django.contrib.auth.password_validation`).
//!
//! `validate_password("bob12345", &[("username", "bob1234")])` gives "The password is too similar to the username."

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
    let mut found = Vec::new();
    let similar = attributes.iter().find(|(_, value)| is_similar(&lower, &value.to_lowercase()));
    found.extend(similar.map(|(name, _)| WeakPassword::TooSimilar(name)));
    if password.chars().count() < MIN_LENGTH {
        found.push(WeakPassword::TooShort);
    }
    if COMMON.contains(&lower.trim()) {
        found.push(WeakPassword::TooCommon);
    }
    if !password.is_empty() && password.chars().all(char::is_numeric) {
        found.push(WeakPassword::EntirelyNumeric);
    }
    found
}

/// `UserAttributeSimilarityValidator`: against the whole value and against each word of it.
fn is_similar(password: &str, value: &str) -> bool {
    let words = value.split(|c: char| !(c.is_alphanumeric() || c == '_')).filter(|word| !word.is_empty());
    words.chain([value]).filter(|part| !part.is_empty()).any(|part| {
        let (password_length, part_length) = (password.chars().count(), part.chars().count());
        let far_longer = password_length >= 10 * part_length
            && (part_length as f64) < MAX_SIMILARITY / 2.0 * password_length as f64;
        !far_longer && quick_ratio(password, part) >= MAX_SIMILARITY
    })
}

/// `difflib.SequenceMatcher.quick_ratio`: how many characters two texts share, wherever they stand.
fn quick_ratio(one: &str, other: &str) -> f64 {
    let mut rest: Vec<char> = one.chars().collect();
    let total = rest.len() + other.chars().count();
    let mut shared = 0;
    for character in other.chars() {
        if let Some(place) = rest.iter().position(|&candidate| candidate == character) {
            rest.swap_remove(place);
            shared += 1;
        }
    }
    if total == 0 { 1.0 } else { 2.0 * f64::from(shared) / total as f64 }
}

/// Passwords that everybody tries first. Django's own list has 20,000.
const COMMON: &[&str] = &[
    "password",
    "password1",
    "password12",
    "password123",
    "passw0rd",
    "p@ssw0rd",
    "p@ssword",
    "pass1234",
    "pass12345",
    "123456",
    "1234567",
    "12345678",
    "123456789",
    "1234567890",
    "987654321",
    "87654321",
    "0987654321",
    "11111111",
    "00000000",
    "88888888",
    "66666666",
    "12341234",
    "11223344",
    "112233",
    "123123123",
    "123321",
    "147258369",
    "159753456",
    "741852963",
    "789456123",
    "5201314",
    "52013140",
    "1314520",
    "qwerty",
    "qwerty1",
    "qwerty12",
    "qwerty123",
    "qwertyui",
    "qwertyuiop",
    "qwer1234",
    "1qaz2wsx",
    "1q2w3e4r",
    "1q2w3e4r5t",
    "q1w2e3r4",
    "zaq12wsx",
    "zaq1zaq1",
    "asdfghjk",
    "asdfghjkl",
    "asdf1234",
    "zxcvbnm",
    "zxcvbnm1",
    "zxcvbnm123",
    "abcd1234",
    "abc12345",
    "abc123456",
    "abcdefg",
    "abcdefgh",
    "abcdefg1",
    "abc123",
    "a1b2c3d4",
    "a1234567",
    "a12345678",
    "a123456789",
    "aa123456",
    "aa12345678",
    "woaini",
    "woaini1314",
    "woaini520",
    "iloveyou",
    "iloveyou1",
    "ilovey0u",
    "letmein",
    "letmein1",
    "welcome",
    "welcome1",
    "welcome123",
    "admin",
    "admin123",
    "admin1234",
    "administrator",
    "root",
    "rootroot",
    "toor",
    "master",
    "superman",
    "batman",
    "spiderman",
    "dragon",
    "monkey",
    "football",
    "baseball",
    "basketball",
    "sunshine",
    "princess",
    "michael",
    "jennifer",
    "jordan23",
    "starwars",
    "pokemon",
    "computer",
    "internet",
    "whatever",
    "trustno1",
    "changeme",
    "secret",
    "secret123",
    "default",
    "guest",
    "test1234",
    "testtest",
    "samsung",
    "liverpool",
    "chelsea",
    "arsenal",
    "mercedes",
    "corvette",
    "maverick",
    "midnight",
    "shadow",
    "freedom",
];

/// Whether Django lets an account have this name: 1 to 150 letters, digits and `@.+-_` (`UnicodeUsernameValidator`).
pub fn is_valid_username(username: &str) -> bool {
    (1..=150).contains(&username.chars().count())
        && username.chars().all(|c| c.is_alphanumeric() || "@.+-_".contains(c))
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
