//! The pickle machine: instructions in, a graph of nodes out. Nothing is called.

use num_bigint::BigInt;

use super::{Call, Limits, PickleError};
use crate::json::Text;

mod names;
mod text;

pub(super) use names::modern_module;
use names::{is_known, modern_name};

/// The place of a node in [`Graph::nodes`].
pub(super) type Id = usize;

/// Whether names that are not on the list are errors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Names {
    Known,
    Any,
}

#[derive(Debug)]
pub(super) enum Node {
    None,
    Bool(bool),
    Int(i64),
    BigInt(BigInt),
    Float(f64),
    Str(Text),
    Bytes(Vec<u8>),
    ByteArray(Vec<u8>),
    List(Vec<Id>),
    Tuple(Vec<Id>),
    Set(Vec<Id>),
    FrozenSet(Vec<Id>),
    Dict(Vec<(Id, Id)>),
    Global { module: Text, name: Text },
    Object { call: Call, callable: Id, arguments: Id, keywords: Option<Id>, changes: Vec<NodeChange> },
}

#[derive(Debug)]
pub(super) enum NodeChange {
    Append(Vec<Id>),
    Add(Vec<Id>),
    SetItems(Vec<(Id, Id)>),
    Build(Id),
}

#[derive(Debug)]
pub(super) struct Graph {
    pub(super) nodes: Vec<Node>,
    pub(super) root: Id,
}

/// More open marks than any value needs.
const MAX_MARKS: usize = 1000;

pub(super) fn load(bytes: &[u8], limits: Limits, names: Names) -> Result<Graph, PickleError> {
    if bytes.len() > limits.size {
        return Err(PickleError::TooBig);
    }
    let mut machine = Machine::new(bytes, names);
    let root = machine.run()?;
    Ok(Graph { nodes: machine.nodes, root })
}

/// The unknown names that come up until the pickle ends or breaks.
pub(super) fn names_of(bytes: &[u8], limits: Limits) -> Vec<String> {
    if bytes.len() > limits.size {
        return Vec::new();
    }
    let mut machine = Machine::new(bytes, Names::Any);
    let _ = machine.run();
    let unknown = machine.nodes.iter().filter_map(|node| match node {
        Node::Global { module, name } if !is_known(module, name) => {
            Some(format!("{}.{}", module.to_str_lossy(), name.to_str_lossy()))
        }
        _ => None,
    });
    unknown.collect()
}

struct Machine<'a> {
    input: &'a [u8],
    rest: &'a [u8],
    names: Names,
    protocol: u8,
    nodes: Vec<Node>,
    stack: Vec<Id>,
    /// Heights of the stack.
    marks: Vec<usize>,
    memo: Vec<Option<Id>>,
    memoized: usize,
}

type Step = Result<(), PickleError>;

impl<'a> Machine<'a> {
    fn new(bytes: &'a [u8], names: Names) -> Self {
        Machine {
            input: bytes,
            rest: bytes,
            names,
            protocol: 0,
            nodes: Vec::new(),
            stack: Vec::new(),
            marks: Vec::new(),
            memo: Vec::new(),
            memoized: 0,
        }
    }

    /// The root of the graph.
    fn run(&mut self) -> Result<Id, PickleError> {
        loop {
            match self.byte()? {
                b'.' => return self.pop(),
                opcode => self.step(opcode)?,
            }
        }
    }

    fn step(&mut self, opcode: u8) -> Step {
        match opcode {
            0x80 => match self.byte()? {
                protocol @ 0..=5 => {
                    self.protocol = protocol;
                    Ok(())
                }
                protocol => Err(PickleError::Protocol(protocol)),
            },
            0x95 => match self.length(8)? {
                length if length <= self.rest.len() => Ok(()),
                _ => Err(PickleError::Broken),
            },
            b'N' => self.push(Node::None),
            0x88 => self.push(Node::Bool(true)),
            0x89 => self.push(Node::Bool(false)),
            b'I' | b'L' | b'F' | b'S' | b'V' => {
                let line = self.line()?;
                self.push(text::read(opcode, line)?)
            }
            b'J' => {
                let number = self.array::<4>()?;
                self.push(Node::Int(i32::from_le_bytes(number).into()))
            }
            b'K' => {
                let number = self.byte()?;
                self.push(Node::Int(number.into()))
            }
            b'M' => {
                let number = self.array::<2>()?;
                self.push(Node::Int(u16::from_le_bytes(number).into()))
            }
            0x8a | 0x8b => {
                let bytes = self.counted(if opcode == 0x8a { 1 } else { 4 })?;
                let number = BigInt::from_signed_bytes_le(bytes);
                self.push(i64::try_from(&number).map_or(Node::BigInt(number), Node::Int))
            }
            b'G' => {
                let number = self.array::<8>()?;
                self.push(Node::Float(f64::from_be_bytes(number)))
            }
            b'X' | 0x8c | 0x8d => {
                let bytes = self.counted(width(opcode))?;
                self.push(Node::Str(text::utf8(bytes)?))
            }
            b'T' | b'U' => {
                let bytes = self.counted(width(opcode))?;
                self.push(Node::Str(text::ascii(bytes)?))
            }
            b'B' | b'C' | 0x8e => {
                let bytes = self.counted(width(opcode))?.to_vec();
                self.push(Node::Bytes(bytes))
            }
            0x96 => {
                let bytes = self.counted(8)?.to_vec();
                self.push(Node::ByteArray(bytes))
            }
            b'p' | b'q' | b'r' | 0x94 | b'g' | b'h' | b'j' => self.memo(opcode),
            b'c' | 0x93 => self.global(opcode),
            b'R' | 0x81 | 0x92 | b'b' => self.object(opcode),
            _ => self.container(opcode),
        }
    }

    fn container(&mut self, opcode: u8) -> Step {
        match opcode {
            b'(' if self.marks.len() < MAX_MARKS => {
                self.marks.push(self.stack.len());
                Ok(())
            }
            b'(' => Err(PickleError::TooDeep),
            b'0' if self.marks.last() == Some(&self.stack.len()) => self.pop_mark().map(drop),
            b'0' => self.pop().map(drop),
            b'1' => self.pop_mark().map(drop),
            b'2' => {
                let top = self.top()?;
                self.stack.push(top);
                Ok(())
            }
            b']' => self.push(Node::List(Vec::new())),
            b'}' => self.push(Node::Dict(Vec::new())),
            b')' => self.push(Node::Tuple(Vec::new())),
            0x8f => self.push(Node::Set(Vec::new())),
            b'l' | b't' | 0x91 => {
                let items = self.pop_mark()?;
                self.push(match opcode {
                    b'l' => Node::List(items),
                    b't' => Node::Tuple(items),
                    _ => Node::FrozenSet(items),
                })
            }
            b'd' => {
                let entries = pairs(self.pop_mark()?)?;
                self.push(Node::Dict(entries))
            }
            0x85..=0x87 => {
                let mut items = Vec::with_capacity(3);
                for _ in 0x85..=opcode {
                    items.push(self.pop()?);
                }
                items.reverse();
                self.push(Node::Tuple(items))
            }
            b'a' => {
                let item = self.pop()?;
                self.append(vec![item])
            }
            b'e' => {
                let items = self.pop_mark()?;
                self.append(items)
            }
            0x90 => {
                let items = self.pop_mark()?;
                let set = self.top()?;
                match &mut self.nodes[set] {
                    Node::Set(there) => there.extend(items),
                    Node::Object { changes, .. } => changes.push(NodeChange::Add(items)),
                    _ => return Err(PickleError::Broken),
                }
                Ok(())
            }
            b's' => {
                let value = self.pop()?;
                let key = self.pop()?;
                self.set_items(vec![(key, value)])
            }
            b'u' => {
                let entries = pairs(self.pop_mark()?)?;
                self.set_items(entries)
            }
            opcode => Err(PickleError::Opcode(opcode)),
        }
    }

    fn append(&mut self, items: Vec<Id>) -> Step {
        let list = self.top()?;
        match &mut self.nodes[list] {
            Node::List(there) => there.extend(items),
            Node::Object { changes, .. } => changes.push(NodeChange::Append(items)),
            _ => return Err(PickleError::Broken),
        }
        Ok(())
    }

    fn set_items(&mut self, entries: Vec<(Id, Id)>) -> Step {
        let dict = self.top()?;
        match &mut self.nodes[dict] {
            Node::Dict(there) => there.extend(entries),
            Node::Object { changes, .. } => match changes.last_mut() {
                Some(NodeChange::SetItems(there)) => there.extend(entries),
                _ => changes.push(NodeChange::SetItems(entries)),
            },
            _ => return Err(PickleError::Broken),
        }
        Ok(())
    }

    fn global(&mut self, opcode: u8) -> Step {
        let (module, name) = if opcode == b'c' {
            (text::utf8(self.line()?)?, text::utf8(self.line()?)?)
        } else {
            let (name, module) = (self.pop()?, self.pop()?);
            match (&self.nodes[module], &self.nodes[name]) {
                (Node::Str(module), Node::Str(name)) => (module.clone(), name.clone()),
                _ => return Err(PickleError::Broken),
            }
        };
        if self.names == Names::Known && !is_known(&module, &name) {
            let name = format!("{}.{}", module.to_str_lossy(), name.to_str_lossy());
            return Err(PickleError::Forbidden { name });
        }
        if opcode == b'c' && self.protocol < 3 {
            let (module, name) = modern_name(module, name);
            return self.push(Node::Global { module, name });
        }
        self.push(Node::Global { module, name })
    }

    fn object(&mut self, opcode: u8) -> Step {
        if opcode == b'b' {
            let state = self.pop()?;
            let object = self.top()?;
            return match &mut self.nodes[object] {
                Node::Object { changes, .. } => {
                    changes.push(NodeChange::Build(state));
                    Ok(())
                }
                _ => Err(PickleError::Broken),
            };
        }
        let keywords = if opcode == 0x92 { Some(self.pop()?) } else { None };
        let (arguments, callable) = (self.pop()?, self.pop()?);
        // `getattr(ZoneInfo, "_unpickle")` is a call whose result is called.
        let callable_fits = match self.nodes[callable] {
            Node::Global { .. } => true,
            Node::Object { .. } => self.names == Names::Any,
            _ => false,
        };
        if !callable_fits || !matches!(self.nodes[arguments], Node::Tuple(_)) {
            return Err(PickleError::Broken);
        }
        let call = match opcode {
            b'R' => Call::Reduce,
            0x81 => Call::NewObject,
            _ => Call::NewObjectEx,
        };
        self.push(Node::Object { call, callable, arguments, keywords, changes: Vec::new() })
    }

    fn memo(&mut self, opcode: u8) -> Step {
        let place = match opcode {
            b'p' | b'g' => text::index(self.line()?)?,
            b'q' | b'h' => self.length(1)?,
            b'r' | b'j' => self.length(4)?,
            _ => self.memoized,
        };
        if matches!(opcode, b'g' | b'h' | b'j') {
            let id = self.memo.get(place).copied().flatten().ok_or(PickleError::Broken)?;
            self.stack.push(id);
            return Ok(());
        }
        // Each place is named by at least one byte of the pickle.
        if place > self.input.len() {
            return Err(PickleError::Broken);
        }
        if place >= self.memo.len() {
            self.memo.resize(place + 1, None);
        }
        let top = self.top()?;
        if self.memo[place].replace(top).is_none() {
            self.memoized += 1;
        }
        Ok(())
    }

    fn push(&mut self, node: Node) -> Step {
        self.nodes.push(node);
        self.stack.push(self.nodes.len() - 1);
        Ok(())
    }

    /// The lowest place of the stack that is not behind a mark.
    fn floor(&self) -> usize {
        self.marks.last().copied().unwrap_or(0)
    }

    fn pop(&mut self) -> Result<Id, PickleError> {
        let top = self.top()?;
        self.stack.pop();
        Ok(top)
    }

    fn top(&self) -> Result<Id, PickleError> {
        self.stack[self.floor()..].last().copied().ok_or(PickleError::Broken)
    }

    fn pop_mark(&mut self) -> Result<Vec<Id>, PickleError> {
        let mark = self.marks.pop().ok_or(PickleError::Broken)?;
        Ok(self.stack.split_off(mark))
    }

    fn byte(&mut self) -> Result<u8, PickleError> {
        let (byte, rest) = self.rest.split_first().ok_or(PickleError::Broken)?;
        self.rest = rest;
        Ok(*byte)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], PickleError> {
        let (bytes, rest) = self.rest.split_first_chunk::<N>().ok_or(PickleError::Broken)?;
        self.rest = rest;
        Ok(*bytes)
    }

    /// A little-endian number of 1, 4 or 8 bytes.
    fn length(&mut self, width: usize) -> Result<usize, PickleError> {
        let (bytes, rest) = self.rest.split_at_checked(width).ok_or(PickleError::Broken)?;
        self.rest = rest;
        let number = bytes.iter().rev().fold(0u64, |number, byte| number << 8 | u64::from(*byte));
        usize::try_from(number).map_err(|_| PickleError::Broken)
    }

    /// As many bytes as a number before them says.
    fn counted(&mut self, width: usize) -> Result<&'a [u8], PickleError> {
        let length = self.length(width)?;
        let (bytes, rest) = self.rest.split_at_checked(length).ok_or(PickleError::Broken)?;
        self.rest = rest;
        Ok(bytes)
    }

    fn line(&mut self) -> Result<&'a [u8], PickleError> {
        let end = memchr::memchr(b'\n', self.rest).ok_or(PickleError::Broken)?;
        let line = &self.rest[..end];
        self.rest = &self.rest[end + 1..];
        Ok(line)
    }
}

/// How many bytes the length of a text or bytes has.
fn width(opcode: u8) -> usize {
    match opcode {
        b'U' | b'C' | 0x8c => 1,
        0x8d | 0x8e => 8,
        _ => 4,
    }
}

fn pairs(items: Vec<Id>) -> Result<Vec<(Id, Id)>, PickleError> {
    let (pairs, rest) = items.as_chunks::<2>();
    if !rest.is_empty() {
        return Err(PickleError::Broken);
    }
    Ok(pairs.iter().map(|[key, value]| (*key, *value)).collect())
}
