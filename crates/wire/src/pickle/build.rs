//! From the graph of a pickle to a value: shared parts are copied, names on the list understood.

use super::keys::{distinct, distinct_entries};
use super::load::{Graph, Id, Names, Node, NodeChange};
use super::objects::known_object;
use super::{Change, Limits, Opaque, OpaqueKind, PickleError, Value};

/// Deeper values would take too much of a thread's stack.
const MAX_DEPTH: usize = 500;

pub(super) fn build(graph: &Graph, limits: Limits, names: Names) -> Result<Value, PickleError> {
    let mut builder = Builder { graph, names, depth: limits.depth.min(MAX_DEPTH), values: limits.values };
    let value = builder.value(graph.root)?;
    match value.opaque_names().pop() {
        Some(name) if names == Names::Known => Err(PickleError::Forbidden { name }),
        _ => Ok(value),
    }
}

struct Builder<'a> {
    graph: &'a Graph,
    names: Names,
    /// Levels that are left.
    depth: usize,
    /// Values that are left.
    values: usize,
}

impl Builder<'_> {
    fn value(&mut self, id: Id) -> Result<Value, PickleError> {
        self.depth = self.depth.checked_sub(1).ok_or(PickleError::TooDeep)?;
        let value = self.node(id)?;
        self.depth += 1;
        Ok(value)
    }

    fn node(&mut self, id: Id) -> Result<Value, PickleError> {
        let node = &self.graph.nodes[id];
        self.charge(match node {
            Node::Str(text) => text.to_str_lossy().len(),
            Node::Bytes(bytes) | Node::ByteArray(bytes) => bytes.len(),
            _ => 0,
        })?;
        Ok(match node {
            Node::None => Value::None,
            Node::Bool(flag) => Value::Bool(*flag),
            Node::Int(number) => Value::Int(*number),
            Node::BigInt(number) => Value::BigInt(number.clone()),
            Node::Float(number) => Value::Float(*number),
            Node::Str(text) => Value::Str(text.clone()),
            Node::Bytes(bytes) => Value::Bytes(bytes.clone()),
            Node::ByteArray(bytes) => Value::ByteArray(bytes.clone()),
            Node::List(items) => Value::List(self.items(items)?),
            Node::Tuple(items) => Value::Tuple(self.items(items)?),
            Node::Set(items) => Value::Set(distinct(self.items(items)?)?),
            Node::FrozenSet(items) => Value::FrozenSet(distinct(self.items(items)?)?),
            Node::Dict(entries) => Value::Dict(distinct_entries(self.entries(entries)?)?),
            Node::Global { module, name } => Value::Opaque(Opaque(Box::new(OpaqueKind::Global {
                module: module.clone(),
                name: name.clone(),
            }))),
            Node::Object { call, callable, arguments, keywords, changes } => {
                let kind = OpaqueKind::Object {
                    call: *call,
                    callable: self.callable(*callable)?,
                    arguments: self.value(*arguments)?,
                    keywords: keywords.map(|keywords| self.value(keywords)).transpose()?,
                    changes: changes.iter().map(|change| self.change(change)).collect::<Result<_, _>>()?,
                };
                match known_object(&kind, self.names)? {
                    Some(value) => value,
                    None => Value::Opaque(Opaque(Box::new(kind))),
                }
            }
        })
    }

    /// What is called must be kept unbuilt itself: no value of a known type can be called.
    fn callable(&mut self, id: Id) -> Result<Value, PickleError> {
        match self.value(id)? {
            callable @ Value::Opaque(_) => Ok(callable),
            _ => Err(PickleError::Broken),
        }
    }

    fn charge(&mut self, bytes: usize) -> Result<(), PickleError> {
        self.values = self.values.checked_sub(1 + bytes / 16).ok_or(PickleError::TooBig)?;
        Ok(())
    }

    fn items(&mut self, ids: &[Id]) -> Result<Vec<Value>, PickleError> {
        ids.iter().map(|id| self.value(*id)).collect()
    }

    fn entries(&mut self, ids: &[(Id, Id)]) -> Result<Vec<(Value, Value)>, PickleError> {
        ids.iter().map(|(key, value)| Ok((self.value(*key)?, self.value(*value)?))).collect()
    }

    fn change(&mut self, change: &NodeChange) -> Result<Change, PickleError> {
        Ok(match change {
            NodeChange::Append(items) => Change::Append(self.items(items)?),
            NodeChange::Add(items) => Change::Add(self.items(items)?),
            NodeChange::SetItems(entries) => Change::SetItems(self.entries(entries)?),
            NodeChange::Build(state) => Change::Build(self.value(*state)?),
        })
    }
}
