//! A cluster: 16384 slots, each on one master; a key's slot says which.
//!
//! A key's part between `{` and `}` alone decides its slot, if there is one. `MOVED` means that a slot is elsewhere now, `ASK`
//! that it is on its way: in both cases nothing was run, and the command goes where the answer says.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures_util::future::try_join_all;
use nuages_wire::resp::Reply;

use super::access::Access;
use super::address::Endpoint;
use super::command::Command;
use super::error::Failure;
use super::node::Node;
use super::target::Target;

const SLOTS: u16 = 16384;

/// Redirections of one command at most.
const REDIRECTIONS: usize = 5;

pub(super) struct Cluster {
    seeds: Vec<Endpoint>,
    access: Arc<Access>,
    map: Mutex<Map>,
    /// Held by the one who asks for the slots.
    asking: tokio::sync::Mutex<()>,
}

/// What is known of the cluster.
#[derive(Default)]
struct Map {
    nodes: HashMap<Endpoint, Node>,
    /// First and last slot of each range, sorted, and its master.
    ranges: Vec<(u16, u16, Endpoint)>,
    /// How often the ranges were learnt.
    learnt: u64,
}

impl Cluster {
    pub(super) fn new(seeds: Vec<Endpoint>, access: Arc<Access>) -> Self {
        Self { seeds, access, map: Mutex::default(), asking: tokio::sync::Mutex::default() }
    }

    pub(super) async fn call(&self, key: &str, command: Command<'_>) -> Result<Reply, Failure> {
        let slot = slot(key.as_bytes());
        let (mut node, mut learnt) = self.find(slot).await?;
        let mut asking = false;
        let mut last = Failure::Odd;
        for _ in 0..REDIRECTIONS {
            let command = command.clone();
            let answer = if asking { node.call_asking(command).await } else { node.call(command).await };
            let Err(failure) = answer else { return answer };
            asking = false;
            if let Some(place) = failure.refusal("MOVED").and_then(redirection) {
                node = self.node(&place);
                self.learn(learnt).await?;
            } else if let Some(place) = failure.refusal("ASK").and_then(redirection) {
                node = self.node(&place);
                asking = true;
            } else if let Failure::Unreachable(_) = failure {
                // Nothing was sent. Another may be master by now.
                self.learn(learnt).await?;
                let (master, now) = self.find(slot).await?;
                (node, learnt) = (master, now);
            } else {
                if let Failure::Unknown(_) = failure {
                    self.map().ranges.clear();
                }
                return Err(failure);
            }
            last = failure;
        }
        Err(last)
    }

    pub(super) async fn call_all(&self, command: Command<'_>) -> Result<(), Failure> {
        self.find(0).await?;
        let masters: Vec<_> = {
            let map = self.map();
            map.ranges.iter().map(|(_, _, master)| master.clone()).collect()
        };
        let nodes: Vec<_> = masters.iter().map(|master| self.node(master)).collect();
        try_join_all(nodes.iter().map(|node| node.call(command.clone()))).await?;
        Ok(())
    }

    /// The master of a slot, and which learning it is known by.
    async fn find(&self, slot: u16) -> Result<(Node, u64), Failure> {
        let mut learnt = self.map().learnt;
        if self.map().ranges.is_empty() {
            self.learn(learnt).await?;
        }
        let master = {
            let map = self.map();
            learnt = map.learnt;
            let after = map.ranges.partition_point(|(_, last, _)| *last < slot);
            map.ranges.get(after).filter(|(first, _, _)| *first <= slot).map(|(_, _, master)| master.clone())
        };
        match master {
            Some(master) => Ok((self.node(&master), learnt)),
            None => {
                self.map().ranges.clear();
                Err(Failure::Unreachable("no node of the cluster has the slot".into()))
            }
        }
    }

    fn node(&self, place: &Endpoint) -> Node {
        let mut map = self.map();
        if let Some(node) = map.nodes.get(place) {
            return node.clone();
        }
        let node = Node::new(Target::Server(place.clone()), Arc::clone(&self.access));
        map.nodes.insert(place.clone(), node.clone());
        node
    }

    /// Asks one node after the other for the slots, unless somebody has done so since.
    async fn learn(&self, known: u64) -> Result<(), Failure> {
        let _turn = self.asking.lock().await;
        let mut places: Vec<_> = {
            let map = self.map();
            if map.learnt != known {
                return Ok(());
            }
            map.nodes.keys().cloned().collect()
        };
        places.extend(self.seeds.iter().filter(|seed| !places.contains(seed)).cloned().collect::<Vec<_>>());
        let mut last = Failure::Unreachable("no node of the cluster is named".into());
        for place in &places {
            let answer = self.node(place).call(Command::Words(&["CLUSTER", "SLOTS"])).await;
            match answer.and_then(|reply| ranges(reply, place)) {
                Ok(ranges) => {
                    let mut map = self.map();
                    let masters: Vec<_> = ranges.iter().map(|(_, _, master)| master).collect();
                    map.nodes.retain(|place, _| masters.contains(&place));
                    map.ranges = ranges;
                    map.learnt += 1;
                    return Ok(());
                }
                Err(failure) => last = failure,
            }
        }
        Err(last)
    }

    fn map(&self) -> MutexGuard<'_, Map> {
        self.map.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// `12627 127.0.0.1:17003`
fn redirection(text: &str) -> Option<Endpoint> {
    let (_, place) = text.split_once(' ')?;
    // An address of version 6 stands here without brackets.
    let (host, port) = place.rsplit_once(':')?;
    if host.is_empty() {
        None
    } else {
        Some(Endpoint::Tcp { host: host.to_owned(), port: port.parse().ok()? })
    }
}

/// The answer to `CLUSTER SLOTS`: first and last slot, then address and port of the master, then its replicas.
fn ranges(reply: Reply, asked: &Endpoint) -> Result<Vec<(u16, u16, Endpoint)>, Failure> {
    let Reply::Array(entries) = reply else { return Err(Failure::Odd) };
    let mut ranges = Vec::with_capacity(entries.len());
    for entry in entries {
        let Reply::Array(entry) = entry else { return Err(Failure::Odd) };
        let [Reply::Integer(first), Reply::Integer(last), Reply::Array(master), ..] = &entry[..] else {
            return Err(Failure::Odd);
        };
        let [host, Reply::Integer(port), ..] = &master[..] else { return Err(Failure::Odd) };
        let (Ok(first), Ok(last), Ok(port)) =
            (u16::try_from(*first), u16::try_from(*last), u16::try_from(*port))
        else {
            return Err(Failure::Odd);
        };
        let host = match (host, asked) {
            (Reply::Bulk(host), _) if !host.is_empty() => String::from_utf8_lossy(host).into_owned(),
            // A node that does not know its own address is where it was asked.
            (_, Endpoint::Tcp { host, .. }) => host.clone(),
            _ => return Err(Failure::Odd),
        };
        ranges.push((first, last, Endpoint::Tcp { host, port }));
    }
    ranges.sort_by_key(|(first, _, _)| *first);
    if ranges.is_empty() { Err(Failure::Unreachable("the cluster has no slots".into())) } else { Ok(ranges) }
}

/// CRC-16/XMODEM of the key, or of its part in braces.
fn slot(key: &[u8]) -> u16 {
    let tag = key.iter().position(|&byte| byte == b'{').and_then(|open| {
        let rest = &key[open + 1..];
        let close = rest.iter().position(|&byte| byte == b'}').filter(|&close| close > 0)?;
        Some(&rest[..close])
    });
    let crc =
        tag.unwrap_or(key).iter().fold(0_u16, |crc, &byte| {
            (0..8).fold(crc ^ u16::from(byte) << 8, |crc, _| {
                if crc & 0x8000 == 0 { crc << 1 } else { crc << 1 ^ 0x1021 }
            })
        });
    crc % SLOTS
}

impl fmt::Debug for Cluster {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cluster").field("seeds", &self.seeds).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // From `CLUSTER KEYSLOT` of Redis 7.
    #[test]
    fn slots() {
        for (key, expected) in
            [("cart_1", 12627), ("123456789", 12739), ("{cart}.1", 15997), ("{}a", 10875), ("a{b}{c}", 3300)]
        {
            assert_eq!(slot(key.as_bytes()), expected, "{key}");
        }
    }
}
