//! Python's `int(text, base)`.

/// The digit zero of each script that has decimal digits (Unicode category Nd); nine more follow each.
const ZEROS: [u32; 66] = [
    0x30, 0x660, 0x6f0, 0x7c0, 0x966, 0x9e6, 0xa66, 0xae6, 0xb66, 0xbe6, 0xc66, 0xce6, 0xd66, 0xde6, 0xe50,
    0xed0, 0xf20, 0x1040, 0x1090, 0x17e0, 0x1810, 0x1946, 0x19d0, 0x1a80, 0x1a90, 0x1b50, 0x1bb0, 0x1c40,
    0x1c50, 0xa620, 0xa8d0, 0xa900, 0xa9d0, 0xa9f0, 0xaa50, 0xabf0, 0xff10, 0x104a0, 0x10d30, 0x11066,
    0x110f0, 0x11136, 0x111d0, 0x112f0, 0x11450, 0x114d0, 0x11650, 0x116c0, 0x11730, 0x118e0, 0x11950,
    0x11c50, 0x11d50, 0x11da0, 0x16a60, 0x16ac0, 0x16b50, 0x1d7ce, 0x1d7d8, 0x1d7e2, 0x1d7ec, 0x1d7f6,
    0x1e140, 0x1e2f0, 0x1e950, 0x1fbf0,
];

/// The number of a text, in base 10 or 36: white space around it, a sign, single underscores between digits and the
/// digits of any script are allowed. `None` where Python raises `ValueError`, and beyond `i128`.
pub(crate) fn parse(text: &str, base: u32) -> Option<i128> {
    let text = crate::python::strip(text);
    let (sign, digits) = match text.strip_prefix('-') {
        Some(digits) => (-1, digits),
        None => (1, text.strip_prefix('+').unwrap_or(text)),
    };
    let mut number: i128 = 0;
    let mut after_digit = false;
    for character in digits.chars() {
        if character == '_' {
            if !after_digit {
                return None;
            }
            after_digit = false;
            continue;
        }
        let digit = decimal(character).or_else(|| character.to_digit(base)).filter(|&digit| digit < base)?;
        number = number.checked_mul(i128::from(base))?.checked_add(i128::from(digit))?;
        after_digit = true;
    }
    after_digit.then_some(sign * number)
}

fn decimal(character: char) -> Option<u32> {
    let code = u32::from(character);
    let zero = ZEROS[..ZEROS.partition_point(|&zero| zero <= code)].last()?;
    Some(code - zero).filter(|&digit| digit < 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    // From int(text) and int(text, 36) of Python 3.11.
    #[test]
    fn like_python() {
        for (text, number) in
            [(" 7\n", 7), ("1_0", 10), ("+7", 7), ("-0", 0), ("٣٤", 34), ("𝟡", 9), ("\u{1c}5\u{a0}", 5)]
        {
            assert_eq!(parse(text, 10), Some(number), "{text:?}");
        }
        for text in [
            "",
            "-",
            "_1",
            "1_",
            "1__0",
            "- 1",
            "1.0",
            "a",
            "½",
            "--1",
            "99999999999999999999999999999999999999999",
        ] {
            assert_eq!(parse(text, 10), None, "{text:?}");
        }
        assert_eq!(parse("dJango", 36), Some(818_469_960));
        assert_eq!(parse("z٣", 36), Some(35 * 36 + 3));
    }
}
