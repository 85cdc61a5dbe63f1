//! A kept-alive HTTP connection, as little of one as asking a peer needs.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, TcpStream};
use std::time::Duration;

/// Valgrind slows a program down fifty times.
const PATIENCE: Duration = Duration::from_secs(30);

/// A connection to a server on this machine.
#[derive(Debug)]
pub(super) struct Connection(BufReader<TcpStream>);

/// What came back.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    /// `sessionid=…`, when a cookie was set.
    pub(super) cookie: Option<String>,
    pub(super) body: String,
}

impl Connection {
    /// # Errors
    /// When nobody listens.
    pub(super) fn open(port: u16) -> Result<Self, String> {
        let stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).map_err(|error| error.to_string())?;
        stream.set_nodelay(true).map_err(|error| error.to_string())?;
        stream.set_read_timeout(Some(PATIENCE)).map_err(|error| error.to_string())?;
        Ok(Self(BufReader::new(stream)))
    }

    /// # Errors
    /// When no whole answer of known length comes.
    pub(super) fn get(&mut self, path: &str, cookie: Option<&str>) -> Result<Answer, String> {
        self.ask(path, cookie).map_err(|error| format!("{path}: {error}"))
    }

    fn ask(&mut self, path: &str, cookie: Option<&str>) -> std::io::Result<Answer> {
        let cookie = cookie.map(|cookie| format!("Cookie: {cookie}\r\n")).unwrap_or_default();
        let request = format!("GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n{cookie}\r\n");
        self.0.get_mut().write_all(request.as_bytes())?;

        let status = self.line()?.split(' ').nth(1).and_then(|status| status.parse().ok());
        let mut answer = Answer { status: status.unwrap_or(0), cookie: None, body: String::new() };
        let mut length = 0;
        loop {
            let line = self.line()?;
            let Some((name, value)) = line.split_once(": ") else { break };
            match name.to_ascii_lowercase().as_str() {
                "content-length" => length = value.parse().unwrap_or(0),
                "set-cookie" => answer.cookie = value.split(';').next().map(str::to_owned),
                _ => {}
            }
        }
        self.0.by_ref().take(length).read_to_string(&mut answer.body)?;
        Ok(answer)
    }

    fn line(&mut self) -> std::io::Result<String> {
        let mut line = String::new();
        match self.0.read_line(&mut line)? {
            0 => Err(std::io::ErrorKind::UnexpectedEof.into()),
            _ => Ok(line.trim_end().to_owned()),
        }
    }
}
