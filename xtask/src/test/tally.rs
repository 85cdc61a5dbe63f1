//! Counting what test runners say of themselves.

use std::fmt;
use std::ops::Add;

/// Tests that passed and failed.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) struct Tally {
    pub(super) passed: usize,
    pub(super) failed: usize,
}

impl Tally {
    /// Adds what a runner's closing line counts: `test result: ok. 3 passed; 0 failed; …` (cargo), `3 passed, 1 failed in 2.1s`
    /// (pytest), `3 passed, 0 failed, 1 skipped` (`xtask vectors`). Other lines count nothing.
    pub(super) fn read(&mut self, line: &str) {
        let line = line.trim().trim_matches('=').trim();
        let counts = match line.strip_prefix("test result:") {
            Some(rest) => rest.trim_start().trim_start_matches("ok.").trim_start_matches("FAILED."),
            None if line.starts_with(|first: char| first.is_ascii_digit()) => line,
            None => return,
        };
        for part in counts.split([',', ';']) {
            let mut words = part.split_whitespace();
            let (Some(Ok(count)), Some(what)) = (words.next().map(str::parse::<usize>), words.next()) else {
                continue;
            };
            match what {
                "passed" => self.passed += count,
                "failed" | "error" | "errors" => self.failed += count,
                _ => {}
            }
        }
    }

    /// The tally of a finished command: a command that counted nothing is one check, and a failure is never lost.
    pub(super) fn closed(self, succeeded: bool) -> Self {
        match (self, succeeded) {
            (Self { passed: 0, failed: 0 }, true) => Self { passed: 1, failed: 0 },
            (Self { passed, failed: 0 }, false) => Self { passed, failed: 1 },
            (counted, _) => counted,
        }
    }
}

impl Add for Tally {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self { passed: self.passed + other.passed, failed: self.failed + other.failed }
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} passed, {} failed", self.passed, self.failed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(lines: &[&str]) -> Tally {
        let mut tally = Tally::default();
        for line in lines {
            tally.read(line);
        }
        tally
    }

    #[test]
    fn each_runner_is_understood() {
        let cargo = "test result: FAILED. 12 passed; 2 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.10s";
        assert_eq!(
            read(&[cargo, "test result: ok. 3 passed; 0 failed; 0 ignored"]),
            Tally { passed: 15, failed: 2 }
        );
        assert_eq!(read(&["== 1 failed, 7 passed, 2 errors in 3.21s =="]), Tally { passed: 7, failed: 3 });
        assert_eq!(
            read(&["signing.json 250/250", "250 passed, 0 failed, 4 skipped"]),
            Tally { passed: 250, failed: 0 }
        );
        assert_eq!(read(&["running 12 tests", "12 monkeys, 3 trees", ""]), Tally::default());
    }

    #[test]
    fn a_failure_is_never_lost() {
        assert_eq!(Tally::default().closed(true), Tally { passed: 1, failed: 0 });
        assert_eq!(Tally { passed: 9, failed: 0 }.closed(false), Tally { passed: 9, failed: 1 });
        assert_eq!(Tally { passed: 9, failed: 2 }.closed(false), Tally { passed: 9, failed: 2 });
    }
}
