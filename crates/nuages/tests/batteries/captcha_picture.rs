//! What the pictures of a captcha are and are not.

use std::io::Cursor;

use nuages::captcha::{ALPHABET, SIZE, draw};
use nuages::time::Random;

#[test]
fn all_pictures_have_one_length() {
    let lengths: Vec<_> = (0..200)
        .map(|seed| {
            let text = Random::seeded(seed).string(4, ALPHABET).unwrap();
            draw(&text, &Random::seeded(seed + 1000), 1).unwrap().len()
        })
        .collect();
    assert!(lengths.windows(2).all(|pair| pair[0] == pair[1]), "{lengths:?}");
}

#[test]
fn a_picture_is_a_png_without_words() {
    for scale in [1, 2] {
        let png = draw("H4K7", &Random::seeded(1), scale).unwrap();
        let mut reader = png::Decoder::new(Cursor::new(&png)).read_info().unwrap();
        assert_eq!(reader.info().size(), (SIZE.0 * u32::from(scale), SIZE.1 * u32::from(scale)));
        assert!(reader.info().uncompressed_latin1_text.is_empty() && reader.info().utf8_text.is_empty());
        let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
        reader.next_frame(&mut pixels).unwrap();
        let inked = pixels.iter().filter(|&&pixel| pixel % 32 > 16).count();
        assert!((pixels.len() / 40..pixels.len() / 3).contains(&inked), "{inked} of {} pixels", pixels.len());
        assert!(!png.windows(4).any(|window| window == b"H4K7"));
    }
}

#[test]
fn the_noise_differs_and_the_seed_repeats_it() {
    assert_eq!(draw("H4K7", &Random::seeded(1), 1).unwrap(), draw("H4K7", &Random::seeded(1), 1).unwrap());
    assert_ne!(draw("H4K7", &Random::seeded(1), 1).unwrap(), draw("H4K7", &Random::seeded(2), 1).unwrap());
    assert_ne!(draw("H4K7", &Random::os(), 1).unwrap(), draw("H4K7", &Random::os(), 1).unwrap());
}
