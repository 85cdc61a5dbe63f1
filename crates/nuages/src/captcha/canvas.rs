//! Paper and pens: strokes laid down by the distance of each pixel to them, and the PNG of it.
//!
//! A pixel is a pen and a weight, an index into a palette of [`PENS`] ramps from paper to ink. The pixels are stored and
//! not compressed: all pictures of one size have one length, which therefore tells nothing about the text.

use crate::error::{Error, Result};

use super::glyphs::Point;

/// How many inks a picture can have.
pub(super) const PENS: usize = 7;

/// Steps from paper to full ink.
const WEIGHTS: u8 = 32;

/// Red, green, blue.
pub(super) type Colour = [u8; 3];

/// A sheet of paper, in pixels.
pub(super) struct Canvas {
    width: usize,
    height: usize,
    pixels: Vec<u8>,
}

impl Canvas {
    pub(super) fn new(width: usize, height: usize) -> Self {
        Self { width, height, pixels: vec![0; width * height] }
    }

    /// Draws along `path` with a round pen of `thickness` pixels; `strength` is 1 for full ink. Where two strokes meet,
    /// the heavier one shows.
    pub(super) fn stroke(&mut self, path: &[Point], thickness: f32, pen: usize, strength: f32) {
        for ends in path.windows(2) {
            self.piece(ends[0], ends[1], thickness / 2.0, pen, strength);
        }
    }

    /// A dot.
    pub(super) fn dot(&mut self, at: Point, thickness: f32, pen: usize, strength: f32) {
        self.piece(at, at, thickness / 2.0, pen, strength);
    }

    fn piece(&mut self, from: Point, to: Point, radius: f32, pen: usize, strength: f32) {
        let reach = radius + 1.0;
        let columns = span(from.0.min(to.0) - reach, from.0.max(to.0) + reach, self.width);
        let rows = span(from.1.min(to.1) - reach, from.1.max(to.1) + reach, self.height);
        for row in rows {
            for column in columns.clone() {
                let away = distance((column as f32 + 0.5, row as f32 + 0.5), from, to);
                let covered = (radius + 0.5 - away).clamp(0.0, 1.0) * strength;
                let weight = (covered * f32::from(WEIGHTS - 1)).round() as u8;
                let pixel = &mut self.pixels[row * self.width + column];
                if weight > *pixel % WEIGHTS {
                    *pixel = (pen % PENS) as u8 * WEIGHTS + weight;
                }
            }
        }
    }

    /// The sheet as a PNG, on `paper`, in `inks`.
    pub(super) fn into_png(self, paper: Colour, inks: [Colour; PENS]) -> Result<Vec<u8>> {
        let mut file = Vec::with_capacity(self.pixels.len() + 2048);
        let too_large = |_| Error::configuration("a captcha picture is too large");
        let (width, height) =
            (self.width.try_into().map_err(too_large)?, self.height.try_into().map_err(too_large)?);
        let mut encoder = png::Encoder::new(&mut file, width, height);
        encoder.set_color(png::ColorType::Indexed);
        encoder.set_depth(png::BitDepth::Eight);
        encoder.set_compression(png::Compression::NoCompression);
        encoder.set_filter(png::Filter::NoFilter);
        encoder.set_palette(palette(paper, inks));
        let mut writer = encoder.write_header().map_err(Error::internal)?;
        writer.write_image_data(&self.pixels).map_err(Error::internal)?;
        writer.finish().map_err(Error::internal)?;
        Ok(file)
    }
}

fn palette(paper: Colour, inks: [Colour; PENS]) -> Vec<u8> {
    let mix = |paper: u8, ink: u8, weight: u8| {
        let part = f32::from(weight) / f32::from(WEIGHTS - 1);
        (f32::from(paper) + (f32::from(ink) - f32::from(paper)) * part).round() as u8
    };
    let entries = inks.iter().flat_map(|ink| (0..WEIGHTS).map(move |weight| (ink, weight)));
    entries.flat_map(|(ink, weight)| [0, 1, 2].map(|part| mix(paper[part], ink[part], weight))).collect()
}

/// The whole pixels from `low` to `high`, cut to the sheet.
fn span(low: f32, high: f32, size: usize) -> std::ops::Range<usize> {
    // A float that is negative or not a number becomes 0.
    let low = low.floor() as usize;
    let high = (high.ceil() as usize).min(size);
    low.min(high)..high
}

/// From `point` to the nearest point of the straight piece.
fn distance(point: Point, from: Point, to: Point) -> f32 {
    let (along_x, along_y) = (to.0 - from.0, to.1 - from.1);
    let (x, y) = (point.0 - from.0, point.1 - from.1);
    let length = along_x * along_x + along_y * along_y;
    let part = if length > 0.0 { ((x * along_x + y * along_y) / length).clamp(0.0, 1.0) } else { 0.0 };
    (x - along_x * part).hypot(y - along_y * part)
}
