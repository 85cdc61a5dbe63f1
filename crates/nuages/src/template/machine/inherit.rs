//! Blocks and the templates they are inherited from.

use std::sync::Arc;

use super::{After, Call, Flow, Machine};
use crate::template::error::TemplateError;
use crate::template::expression::Expression;
use crate::template::program::Program;
use crate::template::scope::{Slot, Stop};
use crate::template::value::Value;

/// A block as one template of the chain defines it.
#[derive(Clone, Debug)]
pub(super) struct BlockRef {
    program: Arc<Program>,
    index: usize,
}

/// What a template and its parents share while they are rendered; an included template has its own.
#[derive(Debug, Default)]
pub(crate) struct Rendering {
    /// The definitions of each block from the outermost parent to the child; `None` without `{% extends %}`.
    blocks: Option<Vec<(Arc<str>, Vec<BlockRef>)>>,
    /// The templates of the chain: loader and name.
    history: Vec<(usize, Arc<str>)>,
    pub(super) changed: Vec<(usize, Value)>,
    /// Where each `{% cycle %}` stands.
    pub(crate) cycles: Vec<(usize, usize)>,
}

impl Rendering {
    pub(super) fn of(program: &Arc<Program>) -> Self {
        Self { history: vec![(program.loader, Arc::clone(&program.name))], ..Self::default() }
    }

    fn add_blocks(&mut self, program: &Arc<Program>) {
        let blocks = self.blocks.get_or_insert_default();
        for (index, block) in program.blocks.iter().enumerate() {
            let definition = BlockRef { program: Arc::clone(program), index };
            match blocks.iter_mut().find(|(name, _)| *name == block.name) {
                Some((_, definitions)) => definitions.insert(0, definition),
                None => blocks.push((Arc::clone(&block.name), vec![definition])),
            }
        }
    }

    fn definitions(&mut self, name: &str) -> Option<&mut Vec<BlockRef>> {
        self.blocks.as_mut()?.iter_mut().find(|(have, _)| **have == *name).map(|(_, definitions)| definitions)
    }
}

impl BlockRef {
    fn name(&self) -> &Arc<str> {
        &self.program.blocks[self.index].name
    }
}

impl Machine<'_> {
    pub(super) fn begin_parent(&mut self, parent: &Expression, program: &Arc<Program>) -> Result<Flow, Stop> {
        let value = self.evaluate(parent)?;
        if !value.is_true() {
            let mut name = String::new();
            value.write_repr(&mut name);
            let from = if parent.is_variable() || !parent.filters.is_empty() {
                format!(" Got this from the '{}' variable.", parent.text)
            } else {
                String::new()
            };
            return Err(TemplateError::syntax(format!(
                "Invalid template name in 'extends' tag: {name}.{from}"
            ))
            .into());
        }
        let engine = self.engine;
        let rendering = self.rendering();
        let found = engine.find(&value.to_text(), &rendering.history)?;
        rendering.history.push((found.loader, Arc::clone(&found.name)));
        rendering.add_blocks(program);
        if !found.extends {
            rendering.add_blocks(&found);
        }
        Ok(Flow::Call(Call { program: found, chunk: 0, at: 0, after: After::Nothing }))
    }

    /// Calls a block: the youngest definition of its name, which is out of reach meanwhile.
    pub(super) fn begin_block(&mut self, program: &Arc<Program>, index: usize) -> Result<Call, Stop> {
        let own = BlockRef { program: Arc::clone(program), index };
        Ok(self.call_block(own, After::Block))
    }

    fn call_block(&mut self, own: BlockRef, after: fn(Option<BlockRef>) -> After) -> Call {
        let rendering = self.rendering();
        let inherited = rendering.blocks.is_some();
        let taken = rendering.definitions(own.name()).and_then(Vec::pop);
        let block = taken.clone().unwrap_or(own);
        let index = self.running_blocks.len();
        self.scope.block_names.truncate(index);
        self.scope.block_names.push(Arc::clone(block.name()));
        self.running_blocks.push((block.clone(), inherited));
        self.scope.push();
        self.scope.set_slot(&self.engine.names().block, Slot::Block(index));
        let chunk = block.program.blocks[block.index].chunk;
        Call { program: block.program, chunk, at: 0, after: after(taken) }
    }

    pub(super) fn end_block(&mut self, restore: Option<BlockRef>) {
        self.scope.pop();
        self.running_blocks.pop();
        if let Some(block) = restore
            && let Some(definitions) = self.rendering().definitions(block.name())
        {
            definitions.push(block.clone());
        }
    }

    /// Renders the block above the running block `index` into a buffer; `None` if there is none.
    pub(super) fn call_super(&mut self, index: usize) -> Result<Option<Call>, TemplateError> {
        let Some((block, inherited)) = self.running_blocks.get(index).cloned() else {
            return Err(TemplateError::syntax("{{ block.super }} outside of a block"));
        };
        if !inherited {
            return Err(TemplateError::syntax(
                "'BlockNode' object has no attribute 'context'. Did you use {{ block.super }} in a base template?",
            ));
        }
        if self.rendering().definitions(block.name()).is_none_or(|definitions| definitions.is_empty()) {
            self.scope.rendered_super = Some(Value::safe(""));
            return Ok(None);
        }
        self.begin_capture();
        Ok(Some(self.call_block(block, After::Super)))
    }
}
