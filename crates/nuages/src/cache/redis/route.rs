//! Which connection a key's command takes.

use std::sync::Arc;

use super::access::Access;
use super::address::{RedisOptions, Topology};
use super::cluster::Cluster;
use super::command::Command;
use super::error::Failure;
use super::node::Node;
use super::target::Target;
use crate::error::{Error, Result};

pub(super) enum Route {
    /// Every key is on one server.
    One(Node),
    Cluster(Cluster),
}

impl Route {
    pub(super) fn new(options: &RedisOptions) -> Result<Self> {
        let access = Arc::new(Access::new(options)?);
        let target = match &options.topology {
            Topology::Cluster(_) if options.database != 0 => {
                return Err(Error::configuration("a Redis cluster has only the database 0"));
            }
            Topology::Cluster(seeds) => return Ok(Self::Cluster(Cluster::new(seeds.clone(), access))),
            Topology::Server(endpoint) => Target::Server(endpoint.clone()),
            Topology::Sentinel { sentinels, service } => {
                Target::Sentinel { sentinels: sentinels.as_slice().into(), service: service.clone() }
            }
        };
        Ok(Self::One(Node::new(target, access)))
    }

    /// Sends a command to every server that holds keys.
    pub(super) async fn call_all(&self, command: Command<'_>) -> Result<(), Failure> {
        match self {
            Self::One(node) => node.call(command).await.map(drop),
            Self::Cluster(cluster) => cluster.call_all(command).await,
        }
    }
}
