//! `stringformat`: Python's `%` formatting of one value, such as `|stringformat:"05.1f"`.

use num_bigint::{BigInt, Sign};

use super::Argument::Must;
use super::{Filter, Filtered};
use crate::template::env::Env;
use crate::template::value::{Number, Value, float_text, to_float, to_int};

pub(crate) static FILTERS: &[Filter] = &[Filter::value("stringformat", Must, stringformat).keeps_safe()];

/// The widest field that is made, in characters.
const MAX_WIDTH: usize = 10_000;

fn stringformat(value: &Value, format: Option<&Value>, _: &Env) -> Filtered {
    let printed;
    let value = if let Value::Tuple(_) = value {
        printed = Value::from(value.to_text());
        &printed
    } else {
        value
    };
    let format = format.map(|format| format.to_text().into_owned()).unwrap_or_default();
    let (spec, literal) = Spec::parse(&format).unwrap_or_default();
    let rest = unescaped(literal);
    Ok(match (spec.format(value), rest) {
        (Some(text), Some(rest)) => Value::from(text + &rest),
        _ => Value::empty(),
    })
}

/// The text after the conversion; `None` if it asks for another value.
fn unescaped(literal: &str) -> Option<String> {
    let mut out = String::new();
    let mut rest = literal;
    while let Some((before, after)) = rest.split_once('%') {
        out.push_str(before);
        out.push('%');
        rest = after.strip_prefix('%')?;
    }
    out.push_str(rest);
    Some(out)
}

/// `%[flags][width][.precision]conversion`, without its percent sign.
#[derive(Debug, Default)]
struct Spec {
    left: bool,
    plus: bool,
    blank: bool,
    alternate: bool,
    zero: bool,
    width: usize,
    precision: Option<usize>,
    conversion: char,
}

impl Spec {
    fn parse(text: &str) -> Option<(Self, &str)> {
        let mut spec = Self::default();
        let mut rest = text;
        while let Some(flag) = rest.chars().next().filter(|flag| "-+ #0".contains(*flag)) {
            match flag {
                '-' => spec.left = true,
                '+' => spec.plus = true,
                ' ' => spec.blank = true,
                '#' => spec.alternate = true,
                _ => spec.zero = true,
            }
            rest = &rest[1..];
        }
        (spec.width, rest) = number(rest)?;
        if let Some(after) = rest.strip_prefix('.') {
            let (precision, after) = number(after)?;
            spec.precision = Some(precision);
            rest = after;
        }
        rest = rest.strip_prefix(['h', 'l', 'L']).unwrap_or(rest);
        spec.conversion = rest.chars().next()?;
        rest = &rest[spec.conversion.len_utf8()..];
        Some((spec, rest))
    }

    fn format(&self, value: &Value) -> Option<String> {
        match self.conversion {
            's' | 'r' | 'a' => Some(self.pad(self.cut(self.text(value)))),
            'c' => Some(self.pad(character(value)?.to_string())),
            'd' | 'i' | 'u' => {
                Number::of(value)?;
                Some(self.integer(&to_int(value)?, 10, ""))
            }
            'o' | 'x' | 'X' => {
                let Number::Int(number) = Number::of(value)? else { return None };
                let (radix, prefix) = if self.conversion == 'o' { (8, "0o") } else { (16, "0x") };
                let text = self.integer(&number, radix, if self.alternate { prefix } else { "" });
                Some(if self.conversion == 'X' { text.to_uppercase() } else { text })
            }
            'e' | 'E' | 'f' | 'F' | 'g' | 'G' => {
                Number::of(value)?;
                let number = to_float(value).ok()?;
                let text = self.sign_and_pad(
                    number.is_sign_negative() && !number.is_nan(),
                    self.float(number.abs()),
                    "",
                    number.is_finite(),
                );
                Some(if self.conversion.is_uppercase() { text.to_uppercase() } else { text })
            }
            _ => None,
        }
    }

    fn text(&self, value: &Value) -> String {
        if self.conversion == 's' {
            return value.to_text().into_owned();
        }
        let mut text = String::new();
        value.write_repr(&mut text);
        if self.conversion == 'a' {
            return text.chars().map(ascii).collect();
        }
        text
    }

    fn cut(&self, text: String) -> String {
        match self.precision {
            Some(precision) => text.chars().take(precision).collect(),
            None => text,
        }
    }

    fn pad(&self, text: String) -> String {
        let blanks = " ".repeat(self.width.saturating_sub(text.chars().count()));
        if self.left { text + &blanks } else { blanks + &text }
    }

    fn integer(&self, number: &BigInt, radix: u32, prefix: &str) -> String {
        let digits = format!(
            "{:0>width$}",
            number.magnitude().to_str_radix(radix),
            width = self.precision.unwrap_or(0)
        );
        self.sign_and_pad(number.sign() == Sign::Minus, digits, prefix, true)
    }

    fn sign_and_pad(&self, negative: bool, digits: String, prefix: &str, fill: bool) -> String {
        let sign = match (negative, self.plus, self.blank) {
            (true, ..) => "-",
            (false, true, _) => "+",
            (false, false, true) => " ",
            _ => "",
        };
        let width = self.width.saturating_sub(sign.len() + prefix.len());
        let digits = if self.zero && !self.left && fill { format!("{digits:0>width$}") } else { digits };
        self.pad([sign, prefix, &digits].concat())
    }

    fn float(&self, number: f64) -> String {
        let precision = self.precision.unwrap_or(6);
        if !number.is_finite() {
            return float_text(number);
        }
        match self.conversion.to_ascii_lowercase() {
            'f' => format!("{number:.precision$}"),
            'e' => scientific(number, precision),
            _ => {
                let precision = precision.max(1);
                let exponent: i64 = scientific(number, precision - 1)
                    .split_once('e')
                    .and_then(|(_, exponent)| exponent.parse().ok())
                    .unwrap_or(0);
                let places = i64::try_from(precision).unwrap_or(i64::MAX);
                if !(-4..places).contains(&exponent) {
                    let text = scientific(number, precision - 1);
                    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "+00"));
                    return format!("{}e{exponent}", self.strip(mantissa));
                }
                let decimals = usize::try_from(places - 1 - exponent).unwrap_or(0);
                self.strip(&format!("{number:.decimals$}")).to_owned()
            }
        }
    }

    /// Cuts trailing noughts of a fraction, which `#` keeps.
    fn strip<'t>(&self, text: &'t str) -> &'t str {
        if self.alternate || !text.contains('.') {
            text
        } else {
            text.trim_end_matches('0').trim_end_matches('.')
        }
    }
}

fn number(text: &str) -> Option<(usize, &str)> {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let number = if end == 0 { 0 } else { text[..end].parse().ok().filter(|number| *number <= MAX_WIDTH)? };
    Some((number, &text[end..]))
}

fn character(value: &Value) -> Option<char> {
    if let Some(text) = value.as_str() {
        let mut chars = text.chars();
        return chars.next().filter(|_| chars.next().is_none());
    }
    let Number::Int(number) = Number::of(value)? else { return None };
    u32::try_from(number).ok().and_then(char::from_u32)
}

fn ascii(c: char) -> String {
    match u32::from(c) {
        0..=0x7f => c.to_string(),
        code @ 0x80..=0xff => format!("\\x{code:02x}"),
        code @ 0x100..=0xffff => format!("\\u{code:04x}"),
        code => format!("\\U{code:08x}"),
    }
}

/// C's `%e`: at least two digits of exponent.
fn scientific(number: f64, precision: usize) -> String {
    let text = format!("{number:.precision$e}");
    let Some((mantissa, exponent)) = text.split_once('e') else { return text };
    let (sign, digits) = exponent.strip_prefix('-').map_or(('+', exponent), |digits| ('-', digits));
    format!("{mantissa}e{sign}{digits:0>2}")
}
