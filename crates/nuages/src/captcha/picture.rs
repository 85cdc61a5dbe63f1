//! The picture of a text: leaning glyphs on a wave, thin lines and dots across, in soft colours.

use std::f32::consts::TAU;

use bytes::Bytes;

use crate::error::Result;
use crate::time::Random;

use super::canvas::{Canvas, Colour, PENS};
use super::glyphs::{self, Point};

/// The picture's size in CSS pixels.
pub const SIZE: (u32, u32) = (160, 60);

/// Papers: warm and cool whites.
const PAPERS: [Colour; 4] = [[247, 244, 236], [240, 245, 247], [245, 241, 247], [241, 246, 239]];

/// Inks: dark enough on every paper (contrast of 4.5 to 1 and more), and not loud.
const INKS: [Colour; PENS] =
    [[52, 84, 120], [112, 66, 92], [46, 104, 86], [134, 78, 46], [84, 72, 132], [40, 98, 112], [122, 60, 60]];

/// Draws `text`, whose characters are of [`ALPHABET`](super::ALPHABET), as a PNG of [`SIZE`] times `scale` (1 to 4).
/// The same state of `random` gives the same bytes, and the file's length depends on the scale alone.
///
/// ```
/// use nuages::captcha::draw;
/// use nuages::time::Random;
///
/// let png = draw("H4K7", &Random::seeded(7), 1)?;
/// assert_eq!(&png[..4], b"\x89PNG");
/// assert_eq!(png, draw("H4K7", &Random::seeded(7), 1)?);
/// # Ok::<(), nuages::Error>(())
/// ```
///
/// # Errors
/// When the operating system has no randomness to give.
pub fn draw(text: &str, random: &Random, scale: u8) -> Result<Bytes> {
    let mut dice = Dice::throw(random)?;
    let scale = usize::from(scale.clamp(1, 4));
    let mut sheet = Sheet {
        canvas: Canvas::new(SIZE.0 as usize * scale, SIZE.1 as usize * scale),
        scale: scale as f32,
        wave: (dice.between(1.5, 3.5), dice.between(18.0, 30.0), dice.between(0.0, TAU)),
    };
    let first_pen = dice.below(PENS);
    scatter_dots(&mut sheet, &mut dice, first_pen);
    draw_lines(&mut sheet, &mut dice, first_pen);
    draw_text(&mut sheet, &mut dice, text, first_pen);
    let paper = PAPERS[dice.below(PAPERS.len())];
    sheet.canvas.into_png(paper, INKS).map(Bytes::from)
}

fn draw_text(sheet: &mut Sheet, dice: &mut Dice, text: &str, first_pen: usize) {
    let glyphs: Vec<_> = text
        .bytes()
        .map(|character| {
            let (paths, width) = glyphs::paths(character.to_ascii_uppercase());
            Glyph {
                paths,
                width,
                height: dice.between(29.0, 35.0),
                angle: dice.between(-0.26, 0.26),
                shear: dice.between(-0.22, 0.22),
                thickness: dice.between(3.0, 4.2),
                lift: dice.between(-3.0, 3.0),
            }
        })
        .collect();
    let inked: f32 = glyphs.iter().map(|glyph| glyph.width * glyph.height).sum();
    let gap = ((SIZE.0 as f32 - 24.0 - inked) / glyphs.len() as f32).clamp(6.0, 14.0);
    let length = inked + gap * glyphs.len().saturating_sub(1) as f32;
    let slack = (SIZE.0 as f32 - length - 24.0).max(0.0) / 2.0;
    let mut left = (SIZE.0 as f32 - length) / 2.0 + dice.between(-slack, slack);
    for (place, glyph) in glyphs.iter().enumerate() {
        for path in &glyph.paths {
            let path: Vec<_> = path.iter().map(|&point| glyph.place(point, left)).collect();
            sheet.stroke(&path, glyph.thickness, first_pen + place, 1.0);
        }
        left += glyph.width * glyph.height + gap;
    }
}

/// Thin curves from edge to edge, in the text's inks, so that colour does not tell them apart.
fn draw_lines(sheet: &mut Sheet, dice: &mut Dice, first_pen: usize) {
    const PIECES: u8 = 40;
    for _ in 0..4 {
        let (from, to) = (dice.between(8.0, 52.0), dice.between(8.0, 52.0));
        let (swing, turns, phase) = (dice.between(3.0, 9.0), dice.between(4.0, 9.0), dice.between(0.0, TAU));
        let path: Vec<_> = (0..=PIECES)
            .map(|piece| {
                let part = f32::from(piece) / f32::from(PIECES);
                let y = from + (to - from) * part + swing * (turns * part + phase).sin();
                (part * SIZE.0 as f32, y)
            })
            .collect();
        sheet.stroke(&path, dice.between(0.9, 1.5), first_pen + dice.below(4), 0.75);
    }
}

fn scatter_dots(sheet: &mut Sheet, dice: &mut Dice, first_pen: usize) {
    for _ in 0..70 {
        let at = (dice.between(0.0, SIZE.0 as f32), dice.between(0.0, SIZE.1 as f32));
        sheet.dot(at, dice.between(1.0, 2.2), first_pen + dice.below(4), dice.between(0.3, 0.7));
    }
}

/// A character with its own hand.
struct Glyph {
    paths: Vec<Vec<Point>>,
    width: f32,
    height: f32,
    angle: f32,
    shear: f32,
    thickness: f32,
    lift: f32,
}

impl Glyph {
    /// Where a point of the glyph comes to lie on the sheet when the glyph's left edge is at `left`.
    fn place(&self, (x, y): Point, left: f32) -> Point {
        let (x, y) = ((x - self.width / 2.0) * self.height, (y - 0.5) * self.height);
        let x = x - y * self.shear;
        let (sin, cos) = self.angle.sin_cos();
        let centre = (left + self.width * self.height / 2.0, SIZE.1 as f32 / 2.0 + self.lift);
        (centre.0 + x * cos - y * sin, centre.1 + x * sin + y * cos)
    }
}

/// The canvas under the wave that everything on it follows.
struct Sheet {
    canvas: Canvas,
    scale: f32,
    /// Height, length and phase.
    wave: (f32, f32, f32),
}

impl Sheet {
    fn stroke(&mut self, path: &[Point], thickness: f32, pen: usize, strength: f32) {
        let path: Vec<_> = path.iter().map(|&point| self.bend(point)).collect();
        self.canvas.stroke(&path, thickness * self.scale, pen, strength);
    }

    fn dot(&mut self, at: Point, thickness: f32, pen: usize, strength: f32) {
        let at = self.bend(at);
        self.canvas.dot(at, thickness * self.scale, pen, strength);
    }

    fn bend(&self, (x, y): Point) -> Point {
        let (height, length, phase) = self.wave;
        (x * self.scale, (y + height * (x / length + phase).sin()) * self.scale)
    }
}

/// Small random numbers, drawn in one go.
struct Dice {
    drawn: [u8; 2048],
    next: usize,
}

impl Dice {
    fn throw(random: &Random) -> Result<Self> {
        let mut drawn = [0; 2048];
        random.fill(&mut drawn)?;
        Ok(Self { drawn, next: 0 })
    }

    fn word(&mut self) -> u16 {
        let at = self.next % self.drawn.len();
        self.next += 2;
        u16::from_le_bytes([self.drawn[at], self.drawn[at + 1]])
    }

    fn between(&mut self, low: f32, high: f32) -> f32 {
        low + (high - low) * f32::from(self.word()) / f32::from(u16::MAX)
    }

    fn below(&mut self, bound: usize) -> usize {
        usize::from(self.word()) % bound
    }
}
