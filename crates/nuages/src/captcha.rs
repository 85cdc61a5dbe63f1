//! Picture captchas: a text that a person reads off a picture and types, once, within five minutes.

mod canvas;
mod challenge;
mod glyphs;
mod picture;

pub use challenge::{Challenge, Challenges, MAX_CHALLENGES, MAX_TRIES, Outcome};
pub use glyphs::ALPHABET;
pub use picture::{SIZE, draw};
