//! The stroke alphabet of the captcha: each character as lines and arcs, drawn for this purpose.
//!
//! Left out is whatever is taken for another character once it leans: 0 O D Q, 1 I, 2 Z, 5 S, 6 G, 8 B, U V.

use std::f32::consts::PI;

/// The characters that a captcha is made of. An answer is compared without regard to case.
pub const ALPHABET: &[u8] = b"ACEFHJKLMNPRTUWXY23456789";

/// A point: x from the glyph's left edge to the right, y from the cap line (0) down to the baseline (1), in cap heights.
pub(super) type Point = (f32, f32);

/// One movement of the pen.
enum Stroke {
    /// From point to point.
    Line(&'static [Point]),
    /// Part of an ellipse: centre, radii, and the angles of its ends in degrees, 0 to the right and 90 down.
    Arc(Point, Point, f32, f32),
}

use Stroke::{Arc, Line};

/// The pen's paths for `character`, each a chain of points, and the glyph's width in cap heights. A character that is
/// not in the alphabet is an empty space.
pub(super) fn paths(character: u8) -> (Vec<Vec<Point>>, f32) {
    let (width, strokes) = glyph(character);
    (strokes.iter().map(flatten).collect(), width)
}

#[rustfmt::skip]
fn glyph(character: u8) -> (f32, &'static [Stroke]) {
    match character {
        b'A' => (0.74, &[Line(&[(0.0, 1.0), (0.37, 0.0), (0.74, 1.0)]), Line(&[(0.13, 0.65), (0.61, 0.65)])]),
        b'C' => (0.66, &[Arc((0.38, 0.5), (0.38, 0.5), -45.0, -315.0)]),
        b'E' => (0.58, &[Line(&[(0.58, 0.0), (0.0, 0.0), (0.0, 1.0), (0.58, 1.0)]), Line(&[(0.0, 0.48), (0.48, 0.48)])]),
        b'F' => (0.56, &[Line(&[(0.56, 0.0), (0.0, 0.0), (0.0, 1.0)]), Line(&[(0.0, 0.48), (0.46, 0.48)])]),
        b'H' => (0.66, &[Line(&[(0.0, 0.0), (0.0, 1.0)]), Line(&[(0.66, 0.0), (0.66, 1.0)]), Line(&[(0.0, 0.5), (0.66, 0.5)])]),
        b'J' => (0.52, &[Line(&[(0.2, 0.0), (0.52, 0.0), (0.52, 0.72)]), Arc((0.26, 0.72), (0.26, 0.28), 0.0, 160.0)]),
        b'K' => (0.66, &[Line(&[(0.0, 0.0), (0.0, 1.0)]), Line(&[(0.62, 0.0), (0.0, 0.6)]), Line(&[(0.22, 0.4), (0.66, 1.0)])]),
        b'L' => (0.54, &[Line(&[(0.0, 0.0), (0.0, 1.0), (0.54, 1.0)])]),
        b'M' => (0.86, &[Line(&[(0.0, 1.0), (0.06, 0.0), (0.43, 0.68), (0.8, 0.0), (0.86, 1.0)])]),
        b'N' => (0.70, &[Line(&[(0.0, 1.0), (0.0, 0.0), (0.7, 1.0), (0.7, 0.0)])]),
        b'P' => (0.60, &[Line(&[(0.0, 1.0), (0.0, 0.0), (0.31, 0.0)]), Arc((0.31, 0.28), (0.29, 0.28), -90.0, 90.0), Line(&[(0.31, 0.56), (0.0, 0.56)])]),
        b'R' => (0.64, &[Line(&[(0.0, 1.0), (0.0, 0.0), (0.31, 0.0)]), Arc((0.31, 0.28), (0.29, 0.28), -90.0, 90.0), Line(&[(0.31, 0.56), (0.0, 0.56)]), Line(&[(0.28, 0.56), (0.64, 1.0)])]),
        b'T' => (0.70, &[Line(&[(0.0, 0.0), (0.7, 0.0)]), Line(&[(0.35, 0.0), (0.35, 1.0)])]),
        b'U' => (0.66, &[Line(&[(0.0, 0.0), (0.0, 0.66)]), Arc((0.33, 0.66), (0.33, 0.34), 180.0, 0.0), Line(&[(0.66, 0.66), (0.66, 0.0)])]),
        b'W' => (0.96, &[Line(&[(0.0, 0.0), (0.22, 1.0), (0.48, 0.3), (0.74, 1.0), (0.96, 0.0)])]),
        b'X' => (0.68, &[Line(&[(0.0, 0.0), (0.68, 1.0)]), Line(&[(0.68, 0.0), (0.0, 1.0)])]),
        b'Y' => (0.70, &[Line(&[(0.0, 0.0), (0.35, 0.5), (0.7, 0.0)]), Line(&[(0.35, 0.5), (0.35, 1.0)])]),
        b'2' => (0.60, &[Arc((0.3, 0.3), (0.3, 0.3), 195.0, 390.0), Line(&[(0.56, 0.45), (0.0, 1.0), (0.6, 1.0)])]),
        b'3' => (0.56, &[Arc((0.27, 0.25), (0.26, 0.25), 205.0, 450.0), Arc((0.26, 0.75), (0.3, 0.25), -90.0, 155.0)]),
        b'4' => (0.66, &[Line(&[(0.48, 1.0), (0.48, 0.0), (0.0, 0.68), (0.66, 0.68)])]),
        b'5' => (0.58, &[Line(&[(0.54, 0.0), (0.1, 0.0), (0.05, 0.46)]), Arc((0.27, 0.68), (0.31, 0.32), 222.0, 510.0)]),
        b'6' => (0.60, &[Arc((0.3, 0.68), (0.3, 0.32), 0.0, 360.0), Arc((0.55, 0.68), (0.55, 0.68), 180.0, 265.0)]),
        b'7' => (0.58, &[Line(&[(0.0, 0.0), (0.58, 0.0), (0.2, 1.0)])]),
        b'8' => (0.58, &[Arc((0.29, 0.24), (0.25, 0.24), 0.0, 360.0), Arc((0.29, 0.74), (0.29, 0.26), 0.0, 360.0)]),
        b'9' => (0.60, &[Arc((0.3, 0.32), (0.3, 0.32), 0.0, 360.0), Arc((0.05, 0.32), (0.55, 0.68), 0.0, 85.0)]),
        _ => (0.4, &[]),
    }
}

/// A stroke as a chain of pieces that are short enough to be bent.
fn flatten(stroke: &Stroke) -> Vec<Point> {
    const PIECES: u8 = 8;
    let between = |from: f32, to: f32, part: f32| from + (to - from) * part;
    match *stroke {
        Line(points) => {
            let mut path = Vec::from_iter(points.first().copied());
            for ends in points.windows(2) {
                let parts = (1..=PIECES).map(|piece| f32::from(piece) / f32::from(PIECES));
                path.extend(
                    parts.map(|part| {
                        (between(ends[0].0, ends[1].0, part), between(ends[0].1, ends[1].1, part))
                    }),
                );
            }
            path
        }
        Arc((x, y), (radius_x, radius_y), from, to) => {
            let pieces = 3 * PIECES;
            let angles = (0..=pieces)
                .map(|piece| between(from, to, f32::from(piece) / f32::from(pieces)) * PI / 180.0);
            angles.map(|angle| (x + radius_x * angle.cos(), y + radius_y * angle.sin())).collect()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_character_has_a_glyph_inside_its_box() {
        for &character in ALPHABET {
            let (paths, width) = paths(character);
            assert!(!paths.is_empty(), "{}", char::from(character));
            for (x, y) in paths.concat() {
                assert!((-0.02..=width + 0.02).contains(&x), "{} at x {x}", char::from(character));
                assert!((-0.02..=1.02).contains(&y), "{} at y {y}", char::from(character));
            }
        }
    }

    #[test]
    fn no_character_is_taken_for_another() {
        for ambiguous in b"0ODQ1IZSGBV" {
            assert!(!ALPHABET.contains(ambiguous));
        }
        assert!(
            ALPHABET.iter().all(u8::is_ascii)
                && ALPHABET.iter().all(|character| !character.is_ascii_lowercase())
        );
    }
}
