//! Pages of a list: which one was asked for, and which numbers stand below it.

use nuages::template::{Dict, Value};

const NUMBERS: u64 = 5;

/// One page of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Page {
    number: u64,
    pages: u64,
    size: u64,
}

impl Page {
    /// The page that `asked` names, of `total` things, `size` a page. What is no number or below 1 is the first page,
    /// what is beyond the last is the last.
    pub(crate) fn new(asked: &str, total: u64, size: u64) -> Self {
        let pages = total.div_ceil(size).max(1);
        let digits = !asked.is_empty() && asked.bytes().all(|byte| byte.is_ascii_digit());
        // Digits that do not fit are a page far beyond the last.
        let number = if digits { asked.parse().unwrap_or(u64::MAX) } else { 1 };
        Self { number: number.clamp(1, pages), pages, size }
    }

    /// How many things stand before it.
    pub(crate) fn offset(self) -> u64 {
        (self.number - 1) * self.size
    }

    /// At most five numbers, this one in their middle where there is room.
    fn numbers(self) -> std::ops::RangeInclusive<u64> {
        let first =
            self.number.saturating_sub(NUMBERS / 2).min((self.pages + 1).saturating_sub(NUMBERS)).max(1);
        first..=(first + NUMBERS - 1).min(self.pages)
    }
}

impl From<Page> for Value {
    /// `page`: number, `num_pages`, numbers, previous, next; the last two are empty at the ends.
    fn from(page: Page) -> Self {
        let number = |number: u64| Self::from(i64::try_from(number).unwrap_or(i64::MAX));
        let neighbour = |there: bool, neighbour: u64| if there { number(neighbour) } else { Self::from("") };
        Dict::from_iter([
            ("number", number(page.number)),
            ("num_pages", number(page.pages)),
            ("numbers", Self::list(page.numbers().map(number))),
            ("previous", neighbour(page.number > 1, page.number.saturating_sub(1))),
            ("next", neighbour(page.number < page.pages, page.number + 1)),
        ])
        .into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_that_is_not_there_is_the_first_or_the_last() {
        let number = |asked| Page::new(asked, 30, 12).number;
        assert_eq!([number("1"), number("2"), number("3")], [1, 2, 3]);
        assert_eq!([number("0"), number("-1"), number("abc"), number(""), number("２")], [1, 1, 1, 1, 1]);
        assert_eq!([number("4"), number("99999999999999999999999999")], [3, 3]);
        assert_eq!(Page::new("7", 0, 12), Page { number: 1, pages: 1, size: 12 });
    }

    #[test]
    fn five_numbers_stand_below() {
        let numbers = |asked, pages| Page::new(asked, pages, 1).numbers().collect::<Vec<_>>();
        assert_eq!(numbers("1", 3), [1, 2, 3]);
        assert_eq!(numbers("1", 9), [1, 2, 3, 4, 5]);
        assert_eq!(numbers("5", 9), [3, 4, 5, 6, 7]);
        assert_eq!(numbers("9", 9), [5, 6, 7, 8, 9]);
    }
}
