//! A client's connection: HTTP/1.1 with keep-alive, and no more of it than the racing servers speak.

use std::io::{Error, ErrorKind, Result};
use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;

/// Past this a request is one without an answer.
const PATIENCE: Duration = Duration::from_secs(30);

/// A connection that is opened when it is needed.
#[derive(Debug)]
pub(crate) struct Connection {
    address: SocketAddr,
    stream: Option<BufReader<TcpStream>>,
}

/// What a server answered.
#[derive(Debug, Default)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: String,
    /// The session cookie's new value.
    pub(crate) cookie: Option<String>,
    /// What the twin says of its own load-to-save window, in microseconds.
    pub(crate) window: Option<u64>,
}

impl Connection {
    pub(crate) fn to(address: SocketAddr) -> Self {
        Self { address, stream: None }
    }

    /// Sends a request without a body and waits for its answer. After an error the next call opens a new connection.
    ///
    /// # Errors
    /// When the connection breaks or nothing comes in time: what became of the request is then unknown.
    pub(crate) async fn send(&mut self, method: &str, path: &str, cookie: &str) -> Result<Answer> {
        let stream = self.stream.take();
        let exchange = exchange(stream, self.address, method, path, cookie);
        let (answer, stream) = tokio::time::timeout(PATIENCE, exchange).await??;
        self.stream = stream;
        Ok(answer)
    }
}

/// One request and its answer; the stream comes back if it can be used again.
async fn exchange(
    stream: Option<BufReader<TcpStream>>,
    address: SocketAddr,
    method: &str,
    path: &str,
    cookie: &str,
) -> Result<(Answer, Option<BufReader<TcpStream>>)> {
    let mut stream = match stream {
        Some(stream) => stream,
        None => {
            let stream = TcpStream::connect(address).await?;
            stream.set_nodelay(true)?;
            BufReader::new(stream)
        }
    };
    let request = format!(
        "{method} {path} HTTP/1.1\r\nHost: {address}\r\nContent-Length: 0\r\nCookie: sessionid={cookie}\r\n\r\n"
    );
    stream.get_mut().write_all(request.as_bytes()).await?;

    let mut answer = Answer { status: status(&line(&mut stream).await?)?, ..Answer::default() };
    let (mut length, mut closes) = (None, false);
    loop {
        let line = line(&mut stream).await?;
        let Some((name, value)) = line.split_once(':') else { break };
        let value = value.trim();
        match name.to_ascii_lowercase().as_str() {
            "content-length" => length = value.parse::<usize>().ok(),
            "connection" => closes = value.eq_ignore_ascii_case("close"),
            "set-cookie" => answer.cookie = session_cookie(value).or(answer.cookie),
            "window" => answer.window = value.parse().ok(),
            _ => {}
        }
    }
    let mut body = Vec::new();
    match length {
        Some(length) => {
            body.resize(length, 0);
            stream.read_exact(&mut body).await?;
        }
        None => {
            closes = true;
            stream.read_to_end(&mut body).await?;
        }
    }
    answer.body = String::from_utf8_lossy(&body).into_owned();
    Ok((answer, (!closes).then_some(stream)))
}

async fn line(stream: &mut BufReader<TcpStream>) -> Result<String> {
    let mut line = String::new();
    if stream.read_line(&mut line).await? == 0 {
        return Err(ErrorKind::UnexpectedEof.into());
    }
    Ok(line.trim_end().to_owned())
}

fn status(line: &str) -> Result<u16> {
    let status = line.split(' ').nth(1).and_then(|status| status.parse().ok());
    status.ok_or_else(|| Error::new(ErrorKind::InvalidData, format!("not an answer: {line}")))
}

fn session_cookie(header: &str) -> Option<String> {
    Some(header.strip_prefix("sessionid=")?.split(';').next()?.trim_matches('"').to_owned())
}
