//! The instructions of each operation, counted by Valgrind, so that the machine's other work does not matter.
//!
//! `cargo bench -p nuages-wire --bench instructions`: each operation runs in a process of its own under callgrind, a few
//! times and many times; the difference is the operation's. Valgrind has no SHA instructions, so hashing counts as much
//! as on a processor without them.

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::process::Command;

mod operations;

const FEW: u64 = 10;
const MANY: u64 = 110;

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    if let [_, name, count] = arguments.as_slice()
        && let Ok(count) = count.parse::<u64>()
    {
        let operation = operations::operations().into_iter().find(|(known, _)| known == name);
        let (_, run) = operation.expect("a known operation");
        (0..count).for_each(|_| run());
        return;
    }
    for (name, _) in operations::operations() {
        let instructions = (counted(name, MANY) - counted(name, FEW)) / (MANY - FEW);
        println!("{name:<28} {instructions:>9} instructions");
    }
}

fn counted(name: &str, count: u64) -> u64 {
    let program = std::env::current_exe().unwrap();
    let ran = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(program)
        .args([name, &count.to_string()])
        .output()
        .expect("valgrind; install with: apt-get install -y valgrind");
    let report = String::from_utf8_lossy(&ran.stderr);
    let line = report.lines().find_map(|line| line.split_once("Collected :"));
    line.and_then(|(_, count)| count.trim().parse().ok()).unwrap_or_else(|| panic!("no count in {report}"))
}
