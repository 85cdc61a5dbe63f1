//! Decimals as Python writes them, of any size: what `floatformat` computes with.

use num_bigint::BigInt;

/// A finite decimal: sign, digits and exponent, as `Decimal.as_tuple()`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct BigDecimal {
    pub(crate) negative: bool,
    /// The digits, at least one, without leading noughts.
    pub(crate) digits: String,
    pub(crate) exponent: i64,
}

impl BigDecimal {
    /// Reads what `Decimal(text)` reads, but for infinities and NaN.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let text = text.trim().replace('_', "");
        let (negative, body) = match text.strip_prefix('-') {
            Some(body) => (true, body),
            None => (false, text.strip_prefix('+').unwrap_or(&text)),
        };
        let (mantissa, exponent) = match body.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => {
                (mantissa, exponent.parse::<i64>().ok().filter(|exponent| exponent.abs() < 1_000_000_000)?)
            }
            None => (body, 0),
        };
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let written = [whole, fraction].concat();
        if written.is_empty() {
            return None;
        }
        let digits: String = written
            .chars()
            .map(|c| c.to_digit(10).and_then(|digit| char::from_digit(digit, 10)))
            .collect::<Option<_>>()?;
        let digits = match digits.trim_start_matches('0') {
            "" => "0".to_owned(),
            digits => digits.to_owned(),
        };
        Some(Self { negative, digits, exponent: exponent - i64::try_from(fraction.len()).ok()? })
    }

    pub(crate) fn is_zero(&self) -> bool {
        self.digits == "0"
    }

    /// Whether the value is a whole number.
    pub(crate) fn is_whole(&self) -> bool {
        let noughts = self.digits.len() - self.digits.trim_end_matches('0').len();
        self.is_zero() || i64::try_from(noughts).is_ok_and(|noughts| self.exponent + noughts >= 0)
    }

    /// The value without its fraction.
    pub(crate) fn to_int(&self) -> Option<BigInt> {
        let cut = usize::try_from(-self.exponent).unwrap_or(0);
        let whole = match self.digits.len().checked_sub(cut) {
            Some(length) if length > 0 => &self.digits[..length],
            _ => "0",
        };
        let mut value: BigInt = whole.parse().ok()?;
        if let Ok(exponent) = u32::try_from(self.exponent) {
            value *= BigInt::from(10).pow(exponent);
        }
        Some(if self.negative { -value } else { value })
    }

    /// Whether the absolute value is below `10^-places`.
    pub(crate) fn is_below(&self, places: usize) -> bool {
        let leading = i64::try_from(self.digits.len()).unwrap_or(i64::MAX) + self.exponent;
        self.is_zero() || leading <= -i64::try_from(places).unwrap_or(0)
    }

    /// Python's `"{:f}".format(decimal)`.
    pub(crate) fn to_plain(&self) -> String {
        let mut out = String::from(if self.negative { "-" } else { "" });
        match usize::try_from(-self.exponent) {
            Ok(places) if places > 0 => {
                let padded = format!("{:0>width$}", self.digits, width = places + 1);
                let (whole, fraction) = padded.split_at(padded.len() - places);
                out.extend([whole, ".", fraction]);
            }
            _ => {
                out.push_str(&self.digits);
                if !self.is_zero() {
                    out.extend(std::iter::repeat_n('0', usize::try_from(self.exponent).unwrap_or(0)));
                }
            }
        }
        out
    }

    /// Rounded half up to `places` decimal places.
    pub(crate) fn round_half_up(&self, places: usize) -> Option<Self> {
        let target = -i64::try_from(places).ok()?;
        let mut digits: BigInt = self.digits.parse().ok()?;
        if self.exponent >= target {
            digits *= BigInt::from(10).pow(u32::try_from(self.exponent - target).ok()?);
        } else {
            let unit = BigInt::from(10).pow(u32::try_from(target - self.exponent).ok()?);
            digits = (digits * 2 + &unit) / (unit * 2);
        }
        Some(Self { negative: self.negative, digits: digits.to_string(), exponent: target })
    }
}
