//! The programs that the Python tests talk to are there, and answer. Cargo builds a program for the tests beside it: without
//! this one there would be none.

#![allow(clippy::unwrap_used)]

use std::io::Write;
use std::process::{Command, Stdio};

fn answer(program: &mut Command, line: &str) -> String {
    let mut child =
        program.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    // A program that has ended already is told apart by its answer.
    let _ = child.stdin.take().unwrap().write_all(line.as_bytes());
    let output = child.wait_with_output().unwrap();
    String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap()
}

#[test]
fn wire_answers_a_line() {
    let asked = answer(
        &mut Command::new(env!("CARGO_BIN_EXE_wire")),
        "{\"op\": \"csrf_unmask\", \"token\": \"short\"}\n",
    );
    assert!(asked.starts_with("{\"error\": "), "{asked}");
}

#[test]
fn cache_and_querysets_say_what_they_need() {
    assert!(answer(&mut Command::new(env!("CARGO_BIN_EXE_cache")), "").contains("ADDRESS FORMAT PREFIX"));
    let querysets =
        answer(Command::new(env!("CARGO_BIN_EXE_querysets")).env_remove("NUAGES_TEST_DATABASE"), "");
    assert!(querysets.contains("NUAGES_TEST_DATABASE"), "{querysets}");
}
