//! Which commands reach Redis, as its `MONITOR` tells: what a script calls inside is not sent and not counted.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;

/// Sent last, to know that everything before it was seen.
const END: &str = "that-is-all";

/// Listens to a Redis server.
#[derive(Debug)]
pub(super) struct Monitor {
    lines: BufReader<TcpStream>,
    address: String,
}

impl Monitor {
    /// # Errors
    /// When the server does not answer.
    pub(super) fn open(url: &str) -> Result<Self, String> {
        let address = url.trim_start_matches("redis://").trim_end_matches("/0").to_owned();
        let mut monitor = Self { lines: BufReader::new(connect(&address)?), address };
        write(monitor.lines.get_mut(), "MONITOR")?;
        monitor.line()?;
        Ok(monitor)
    }

    /// The commands sent since it was opened, by name.
    ///
    /// # Errors
    /// When the server does not answer.
    pub(super) fn close(mut self) -> Result<BTreeMap<String, u64>, String> {
        write(&mut connect(&self.address)?, &format!("ECHO {END}"))?;
        let mut commands = BTreeMap::new();
        loop {
            // `1763644612.123456 [0 127.0.0.1:40000] "GET" "a"`, or `[0 lua]`
            let line = self.line()?;
            let mut parts = line.split('"');
            let (Some(source), Some(name)) = (parts.next(), parts.next()) else { continue };
            if line.contains(END) {
                return Ok(commands);
            }
            if !source.contains("lua]") {
                *commands.entry(name.to_ascii_uppercase()).or_default() += 1;
            }
        }
    }

    fn line(&mut self) -> Result<String, String> {
        let mut line = String::new();
        match self.lines.read_line(&mut line).map_err(|error| error.to_string())? {
            0 => Err("Redis ended the connection".to_owned()),
            _ => Ok(line),
        }
    }
}

fn connect(address: &str) -> Result<TcpStream, String> {
    TcpStream::connect(address).map_err(|error| format!("{address}: {error}"))
}

fn write(stream: &mut TcpStream, command: &str) -> Result<(), String> {
    stream.write_all(format!("{command}\r\n").as_bytes()).map_err(|error| error.to_string())
}
