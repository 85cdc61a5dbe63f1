//! What every connection to a server, a Sentinel's master or a cluster's node has in common.

use std::io;
use std::time::Duration;

use bytes::BytesMut;
use nuages_wire::resp::{Decoder, Limits, Reply, write_command};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::address::{Endpoint, RedisOptions};
use super::error::Failure;
use super::stream::Stream;
use super::tls::Tls;
use crate::error::Result;
use crate::settings::SecretKey;

/// How to get in.
pub(super) struct Access {
    username: Option<String>,
    password: Option<SecretKey>,
    database: u32,
    tls: Option<Tls>,
    pub(super) connect_timeout: Duration,
    pub(super) response_timeout: Duration,
}

impl Access {
    /// # Errors
    /// A configuration error when the certificates cannot be read.
    pub(super) fn new(options: &RedisOptions) -> Result<Self> {
        Ok(Self {
            username: options.username.clone(),
            password: options.password.clone(),
            database: options.database,
            tls: options.tls.as_ref().map(Tls::new).transpose()?,
            connect_timeout: options.connect_timeout,
            response_timeout: options.response_timeout,
        })
    }

    /// A connection that the server has answered on: one that only accepts, as a stopped process's socket does, is none.
    pub(super) async fn open(&self, endpoint: &Endpoint) -> io::Result<Stream> {
        let mut stream = Stream::connect(endpoint, self.tls.as_ref()).await?;
        let database = self.database.to_string();
        let mut commands = Vec::with_capacity(2);
        if let Some(password) = &self.password {
            let mut login = vec![&b"AUTH"[..]];
            login.extend(self.username.as_deref().map(str::as_bytes));
            login.push(password.as_bytes());
            commands.push(login);
        }
        commands.push(vec![&b"SELECT"[..], database.as_bytes()]);
        for reply in exchange(&mut stream, &commands).await? {
            if let Reply::Error(text) = reply {
                return Err(io::Error::other(Failure::Refused(text)));
            }
        }
        Ok(stream)
    }

    /// A connection without login, to a Sentinel.
    pub(super) async fn open_sentinel(&self, endpoint: &Endpoint) -> io::Result<Stream> {
        Stream::connect(endpoint, self.tls.as_ref()).await
    }
}

/// Sends commands and waits for all answers; for a connection that nobody shares yet.
pub(super) async fn exchange(stream: &mut Stream, commands: &[Vec<&[u8]>]) -> io::Result<Vec<Reply>> {
    let mut sent = Vec::new();
    for command in commands {
        write_command(&mut sent, command);
    }
    stream.write_all(&sent).await?;
    stream.flush().await?;
    let mut buffer = BytesMut::new();
    let mut decoder = Decoder::new(Limits::default());
    let mut replies = Vec::with_capacity(commands.len());
    while replies.len() < commands.len() {
        match decoder.decode(&mut buffer).map_err(io::Error::other)? {
            Some(reply) => replies.push(reply),
            None if stream.read_buf(&mut buffer).await? == 0 => {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            None => {}
        }
    }
    Ok(replies)
}
