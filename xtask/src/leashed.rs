//! A child that ends when we do, however we do.
//!
//! Beside it stands a shell that reads from a pipe of ours. When we are killed the pipe ends without a word, and the shell
//! kills the child and what it has started. Both are in process groups of their own: Ctrl-C ends us, and that ends them.

use std::io::{self, Write};
use std::ops::{Deref, DerefMut};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};

/// Without a word it asks the group to end, and after five seconds it does not ask any more.
const WATCH: &str = r#"
trap '' HUP INT TERM
read -r over && exit
kill -s TERM -- "-$1" 2>/dev/null
for tenth in $(seq 50); do kill -s 0 -- "-$1" 2>/dev/null || exit; sleep 0.1; done
kill -s KILL -- "-$1" 2>/dev/null
"#;

/// A child process on a leash. It is still its owner who ends it in time and waits for it.
#[derive(Debug)]
pub(crate) struct Leashed {
    child: Child,
    watcher: Child,
}

impl Leashed {
    /// Starts the command, and who watches over it.
    ///
    /// # Errors
    /// When one of them cannot be started.
    pub(crate) fn spawn(command: &mut Command) -> io::Result<Self> {
        let mut child = command.process_group(0).spawn()?;
        let mut watch = Command::new("sh");
        watch.args(["-c", WATCH, "watch", &child.id().to_string()]).process_group(0);
        watch.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        match watch.spawn() {
            Ok(watcher) => Ok(Self { child, watcher }),
            Err(error) => {
                child.kill()?;
                child.wait()?;
                Err(error)
            }
        }
    }
}

impl Deref for Leashed {
    type Target = Child;

    fn deref(&self) -> &Child {
        &self.child
    }
}

impl DerefMut for Leashed {
    fn deref_mut(&mut self) -> &mut Child {
        &mut self.child
    }
}

impl Drop for Leashed {
    /// The watcher of a child that has ended is told so: its number may be another's soon.
    fn drop(&mut self) {
        if let (Ok(Some(_)), Some(pipe)) = (self.child.try_wait(), &mut self.watcher.stdin) {
            let _ = pipe.write_all(b"over\n");
        }
        drop(self.watcher.stdin.take());
        let _ = self.watcher.wait();
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::io::Read;
    use std::time::{Duration, Instant};

    use super::*;

    #[test]
    fn what_a_killed_owner_started_ends_with_its_own_children() {
        // The grandchild holds the writing end of the pipe: it is over when both are gone.
        let mut command = Command::new("sh");
        command.args(["-c", "sleep 60 & sleep 60"]).stdout(Stdio::piped());
        let started = Instant::now();
        let mut leashed = Leashed::spawn(&mut command).unwrap();
        // As the system does it when we are killed.
        drop(leashed.watcher.stdin.take());
        leashed.child.stdout.take().unwrap().read_to_end(&mut Vec::new()).unwrap();
        assert!(!leashed.wait().unwrap().success());
        assert!(started.elapsed() < Duration::from_secs(30));
    }

    #[test]
    fn what_ends_in_time_is_left_alone() {
        let mut leashed = Leashed::spawn(&mut Command::new("true")).unwrap();
        assert!(leashed.wait().unwrap().success());
    }
}
