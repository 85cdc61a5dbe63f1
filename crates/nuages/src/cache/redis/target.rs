//! Which server a connection leads to: always the same, or the one that the Sentinels say is the master.

use std::fmt;
use std::io;
use std::sync::Arc;

use nuages_wire::resp::Reply;
use tokio::time::timeout;

use super::access::{Access, exchange};
use super::address::Endpoint;
use super::stream::Stream;

#[derive(Debug, Clone)]
pub(super) enum Target {
    Server(Endpoint),
    Sentinel { sentinels: Arc<[Endpoint]>, service: String },
}

impl Target {
    pub(super) const fn can_move(&self) -> bool {
        matches!(self, Self::Sentinel { .. })
    }

    /// Connects and logs in.
    pub(super) async fn open(&self, access: &Access) -> io::Result<Stream> {
        let (sentinels, service) = match self {
            Self::Server(endpoint) => return access.open(endpoint).await,
            Self::Sentinel { sentinels, service } => (sentinels, service),
        };
        // One Sentinel that hangs must not use up the time of all.
        let patience =
            access.connect_timeout / (u32::try_from(sentinels.len()).unwrap_or(u32::MAX).max(1) + 1);
        let mut last = io::Error::other("no Sentinel is named");
        for sentinel in &**sentinels {
            let found = timeout(patience, master(access, sentinel, service)).await;
            match found.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into())) {
                Ok(endpoint) => match open_master(access, &endpoint).await {
                    Ok(stream) => return Ok(stream),
                    Err(error) => last = error,
                },
                Err(error) => last = error,
            }
        }
        Err(last)
    }
}

/// `SENTINEL get-master-addr-by-name mymaster`
async fn master(access: &Access, sentinel: &Endpoint, service: &str) -> io::Result<Endpoint> {
    let mut stream = access.open_sentinel(sentinel).await?;
    let command = vec![&b"SENTINEL"[..], b"get-master-addr-by-name", service.as_bytes()];
    let replies = exchange(&mut stream, &[command]).await?;
    if let [Reply::Array(address)] = &replies[..]
        && let [Reply::Bulk(host), Reply::Bulk(port)] = &address[..]
        && let (Ok(host), Ok(port)) = (std::str::from_utf8(host), std::str::from_utf8(port))
        && let Ok(port) = port.parse()
    {
        return Ok(Endpoint::Tcp { host: host.to_owned(), port });
    }
    Err(io::Error::other("the Sentinel does not know the service"))
}

/// Right after a failover a Sentinel may still name the old master, which by then is a replica.
async fn open_master(access: &Access, endpoint: &Endpoint) -> io::Result<Stream> {
    let mut stream = access.open(endpoint).await?;
    let replies = exchange(&mut stream, &[vec![&b"ROLE"[..]]]).await?;
    match &replies[..] {
        [Reply::Array(role)] if role.first() == Some(&Reply::Bulk("master".into())) => Ok(stream),
        [Reply::Error(_)] => Ok(stream), // `ROLE` may be forbidden to this user
        _ => Err(io::Error::other("the server is no master")),
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Server(endpoint) => endpoint.fmt(f),
            Self::Sentinel { service, .. } => write!(f, "{service} by Sentinel"),
        }
    }
}
