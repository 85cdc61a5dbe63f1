//! The engine: where templates come from and how they are rendered.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};

use jiff::Timestamp;

use super::context::Context;
use super::env::Env;
use super::error::{ErrorKind, TemplateError};
use super::loader::{Loader, Source};
use super::machine::Machine;
use super::options::{EngineOptions, RenderOptions, Settings};
use super::parser;
use super::program::Program;

/// Finds, compiles, keeps and renders templates. Cheap to clone.
#[derive(Clone)]
pub struct Engine {
    inner: Arc<Inner>,
}

struct Inner {
    settings: Arc<Settings>,
    names: Names,
    /// What each loader is known to have.
    known: RwLock<Vec<HashMap<Arc<str>, Known>>>,
}

enum Known {
    Compiled { source: Source, program: Arc<Program> },
    Missing,
}

/// The most names that are remembered of a loader: a template may ask for names that visitors make up.
const MAX_KNOWN: usize = 4096;

/// Names of variables that the machine itself sets.
#[derive(Debug)]
pub(crate) struct Names {
    pub(crate) forloop: Arc<str>,
    pub(crate) block: Arc<str>,
}

impl Engine {
    /// An engine with these options.
    pub fn new(options: EngineOptions) -> Self {
        let names = Names { forloop: "forloop".into(), block: "block".into() };
        let known = RwLock::new(options.loaders.iter().map(|_| HashMap::new()).collect());
        Self { inner: Arc::new(Inner { settings: Arc::new(options), names, known }) }
    }

    /// Renders the template `name`. A page without unresolved lazy values is rendered without awaiting.
    ///
    /// # Errors
    /// [`TemplateError`] with the template, line and tag that failed.
    pub async fn render(
        &self,
        name: &str,
        context: &Context,
        options: &RenderOptions,
    ) -> Result<String, TemplateError> {
        let program = self.find(name, &[])?;
        self.run(program, context, options).await
    }

    /// Renders a template that is given as text.
    ///
    /// # Errors
    /// As [`Engine::render`].
    pub async fn render_str(
        &self,
        source: &str,
        context: &Context,
        options: &RenderOptions,
    ) -> Result<String, TemplateError> {
        let program = self.compile(&Arc::from("<unknown source>"), source, usize::MAX)?;
        self.run(Arc::new(program), context, options).await
    }

    /// Compiles every embedded template, so that a mistake shows at the start.
    ///
    /// # Errors
    /// The first template that does not compile.
    pub fn check(&self) -> Result<(), TemplateError> {
        for name in self.inner.settings.loaders.iter().flat_map(Loader::names) {
            self.find(&name, &[])?;
        }
        Ok(())
    }

    async fn run(
        &self,
        program: Arc<Program>,
        context: &Context,
        options: &RenderOptions,
    ) -> Result<String, TemplateError> {
        let mut machine = Machine::new(self, self.env(options), context, program);
        while let Some(lazy) = machine.run()? {
            lazy.resolve().await?;
        }
        Ok(machine.out)
    }

    fn env(&self, options: &RenderOptions) -> Env {
        let settings = &self.inner.settings;
        let language = if options.no_translation {
            None
        } else {
            options.language.as_ref().or(settings.language.as_ref())
        };
        Env {
            settings: Arc::clone(settings),
            language: language.map(|language| language.as_str().into()),
            time_zone: options.time_zone.clone().unwrap_or_else(|| settings.time_zone.clone()),
            now: options.now.unwrap_or_else(Timestamp::now),
            autoescape: settings.autoescape,
            use_l10n: true,
            use_tz: settings.use_tz,
        }
    }

    pub(crate) fn names(&self) -> &Names {
        &self.inner.names
    }

    pub(crate) fn debug(&self) -> bool {
        self.inner.settings.debug
    }

    /// The compiled template `name` of the first loader that has it and is not in `skip`.
    pub(crate) fn find(&self, name: &str, skip: &[(usize, Arc<str>)]) -> Result<Arc<Program>, TemplateError> {
        for (index, loader) in self.inner.settings.loaders.iter().enumerate() {
            if skip.iter().any(|(skipped, origin)| *skipped == index && **origin == *name) {
                continue;
            }
            let found = match self.cached(index, loader, name) {
                Some(found) => found,
                None => self.load(index, loader, name)?,
            };
            if let Some(program) = found {
                return Ok(program);
            }
        }
        Err(ErrorKind::DoesNotExist(name.to_owned()).into())
    }

    /// What is known of a name: its program, or `Some(None)` that the loader lacks it.
    fn cached(&self, index: usize, loader: &Loader, name: &str) -> Option<Option<Arc<Program>>> {
        let known = self.inner.known.read().unwrap_or_else(PoisonError::into_inner);
        match known.get(index)?.get(name)? {
            Known::Missing => (!self.debug()).then_some(None),
            Known::Compiled { source, .. } if self.debug() && !loader.is_current(name, source) => None,
            Known::Compiled { program, .. } => Some(Some(Arc::clone(program))),
        }
    }

    fn load(&self, index: usize, loader: &Loader, name: &str) -> Result<Option<Arc<Program>>, TemplateError> {
        let name: Arc<str> = name.into();
        let (found, program) = match loader.load(&name)? {
            None => (Known::Missing, None),
            Some((text, source)) => {
                let program = Arc::new(self.compile(&name, &text, index)?);
                (Known::Compiled { source, program: Arc::clone(&program) }, Some(program))
            }
        };
        let mut known = self.inner.known.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = known.get_mut(index)
            && known.len() < MAX_KNOWN
        {
            known.insert(name, found);
        }
        Ok(program)
    }

    fn compile(&self, name: &Arc<str>, text: &str, loader: usize) -> Result<Program, TemplateError> {
        parser::compile(name, text, loader)
            .map_err(|error| if self.debug() { error.with_source(text) } else { error })
    }
}

impl fmt::Debug for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Engine").field("options", &self.inner.settings).finish_non_exhaustive()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;
    use crate::context;
    use crate::template::{Lazy, Value};

    fn engine(templates: &'static [(&'static str, &'static str)]) -> Engine {
        Engine::new(EngineOptions { loaders: vec![Loader::Embedded(templates)], ..EngineOptions::default() })
    }

    #[tokio::test]
    async fn a_lazy_value_is_computed_once_and_only_if_asked() {
        static ASKED: AtomicUsize = AtomicUsize::new(0);
        let engine = engine(&[
            ("base.html", "[{% block a %}{{ goods.0 }}{% endblock %}]"),
            (
                "page.html",
                "{% extends 'base.html' %}{% block a %}{% for g in goods %}{% cycle '-' '+' %}{{ g }}{% endfor %}{{ block.super|upper }}{% endblock %}",
            ),
        ]);
        let goods = || {
            Lazy::new(|| async {
                tokio::task::yield_now().await;
                ASKED.fetch_add(1, Ordering::Relaxed);
                Ok(Value::list(["tea", "cup"]))
            })
        };
        let context = context! { goods: goods(), unused: goods() };
        let page = engine.render("page.html", &context, &RenderOptions::default()).await.unwrap();
        assert_eq!(page, "[-tea+cupTEA]");
        assert_eq!(ASKED.load(Ordering::Relaxed), 1);
    }

    #[tokio::test]
    async fn a_failing_lazy_value_fails_the_page() {
        let context = context! { user: Lazy::new(|| async { Err("no database".into()) }) };
        let error = engine(&[])
            .render_str("a\n{{ user.name }}", &context, &RenderOptions::default())
            .await
            .unwrap_err();
        assert_eq!(error.to_string(), "a lazy value failed: no database");
        assert!(std::error::Error::source(&error).is_some());
    }

    #[tokio::test]
    async fn an_error_says_where() {
        let engine = engine(&[("a.html", "{% if x %}\n  {{ x|prize }}\n{% endif %}")]);
        let error = engine.render("a.html", &Context::new(), &RenderOptions::default()).await.unwrap_err();
        assert_eq!(error.to_string(), "a.html:2: Invalid filter: 'prize' (in \"x|prize\")");
        assert_eq!(engine.check().unwrap_err().line(), Some(2));
    }

    #[tokio::test]
    async fn endless_recursion_is_refused() {
        let engine = engine(&[("a.html", "{% include 'a.html' %}")]);
        let error = engine.render("a.html", &Context::new(), &RenderOptions::default()).await.unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::Limit(_)));
    }

    #[tokio::test]
    async fn a_folder_overrides_and_extends_what_is_embedded() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a.html");
        std::fs::write(&file, "{% extends 'a.html' %}{% block x %}mine {{ block.super }}{% endblock %}")
            .unwrap();
        let loaders = vec![
            Loader::Directory(folder.path().into()),
            Loader::Embedded(&[("a.html", "<{% block x %}theirs{% endblock %}>")]),
        ];
        let engine = Engine::new(EngineOptions { loaders, debug: true, ..EngineOptions::default() });
        let options = RenderOptions::default();
        assert_eq!(engine.render("a.html", &Context::new(), &options).await.unwrap(), "<mine theirs>");
        std::fs::write(&file, "changed").unwrap();
        assert_eq!(engine.render("a.html", &Context::new(), &options).await.unwrap(), "changed");
        let outside = engine.render("../a.html", &Context::new(), &options).await.unwrap_err();
        assert!(matches!(outside.kind(), ErrorKind::DoesNotExist(_)));
    }
}
