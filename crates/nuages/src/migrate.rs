//! Creates what Django's own `migrate` would have created, and records it where Django looks.
//!
//! Tables, columns, types, indexes and constraints have Django's names, its hashes included
//! (`auth_permission_content_type_id_2f476e4b_fk_django_co`), and the rows in `django_migrations` have its apps and
//! names (`auth`, `0001_initial`): a Django that comes later has nothing to do, and what Django migrated before is
//! left alone.
//!
//! ```
//! # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
//! use nuages::db::{Db, DbOptions};
//! use nuages::migrate::{self, App, Migration, Operation};
//! use nuages::orm::Model;
//!
//! #[derive(Model)]
//! #[model(app = "goods")]
//! struct Category {
//!     id: i64,
//!     #[field(max_length = 20)]
//!     name: String,
//! }
//!
//! let goods = App {
//!     label: "goods",
//!     depends: &[],
//!     migrations: vec![Migration::new("0001_initial", vec![Operation::CreateTable(Category::table())])],
//! };
//! let db = Db::connect(&"sqlite://:memory:".parse()?, DbOptions::default()).await?;
//! assert_eq!(migrate::migrate(&db, std::slice::from_ref(&goods)).await?[0].name, "0001_initial");
//! assert_eq!(migrate::migrate(&db, &[goods]).await?, []);
//! # Ok::<(), nuages::db::DbError>(())
//! # })?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use crate::db::{Db, DbError, Executor, Tx, Vendor};
pub use crate::schema::{App, Migration, Operation, Table};
use editor::Tables;
pub(crate) use editor::column_type;

mod editor;
mod names;
mod recorder;

/// A migration of an app.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Applied {
    /// The app's label.
    pub app: &'static str,
    /// The migration's name.
    pub name: &'static str,
}

/// Applies what is pending, each migration in a transaction of its own, and returns what it applied.
///
/// Several processes may call it at once: they take turns. Permissions and content types are not rows of a migration;
/// Django adds them when it migrates.
pub async fn migrate(db: &Db, apps: &[App]) -> Result<Vec<Applied>, DbError> {
    let apps = sorted(apps)?;
    let tables = Tables::of(&apps);
    let mut applied = Vec::new();
    for app in apps {
        for migration in &app.migrations {
            let step = Step {
                applied: Applied { app: app.label, name: migration.name },
                names: app.migrations.iter().map(|migration| migration.name).collect(),
                is_empty: migration.operations.is_empty(),
                statements: editor::statements(&migration.operations, &tables, db.vendor()),
            };
            let created_here = applied.iter().any(|applied: &Applied| applied.app == app.label);
            let run = db.long_transaction(move |tx| async move { step.run(&tx, created_here).await });
            let done = run.await.map_err(|error| in_migration(app.label, migration.name, &error))?;
            applied.extend(done);
        }
    }
    Ok(applied)
}

/// What [`migrate`] would apply.
pub async fn pending(db: &Db, apps: &[App]) -> Result<Vec<Applied>, DbError> {
    let recorded = recorder::applied(db).await?;
    let steps = sorted(apps)?.into_iter().flat_map(|app| {
        app.migrations.iter().map(|migration| Applied { app: app.label, name: migration.name })
    });
    Ok(steps.filter(|step| !recorder::contains(&recorded, step.app, step.name)).collect())
}

/// One migration on its way into the database.
struct Step {
    applied: Applied,
    names: Vec<&'static str>,
    is_empty: bool,
    statements: Vec<String>,
}

impl Step {
    async fn run(self, tx: &Tx, created_here: bool) -> Result<Option<Applied>, DbError> {
        recorder::lock(tx).await?;
        let recorded = recorder::applied(tx).await?;
        let Applied { app, name } = self.applied;
        if recorder::contains(&recorded, app, name) {
            return Ok(None);
        }
        let begun_elsewhere = self.names.iter().any(|name| recorder::contains(&recorded, app, name));
        if self.is_empty && begun_elsewhere && !created_here {
            return Err(DbError::unsupported("the app was begun by an older Django: run its migrate first"));
        }
        for statement in &self.statements {
            tx.execute(statement, Vec::new()).await?;
        }
        recorder::record(tx, app, name).await?;
        Ok(Some(self.applied))
    }
}

/// Each app after those it depends on, otherwise in the given order.
fn sorted(apps: &[App]) -> Result<Vec<&App>, DbError> {
    let mut sorted: Vec<&App> = Vec::with_capacity(apps.len());
    while sorted.len() < apps.len() {
        let is_sorted = |label: &str| sorted.iter().any(|app| app.label == label);
        let next = apps
            .iter()
            .find(|app| !is_sorted(app.label) && app.depends.iter().all(|label| is_sorted(label)))
            .ok_or_else(|| {
                let left: Vec<_> =
                    apps.iter().map(|app| app.label).filter(|label| !is_sorted(label)).collect();
                DbError::misuse(format!(
                    "the apps {left:?} appear twice, depend on each other or on a missing app"
                ))
            })?;
        sorted.push(next);
    }
    Ok(sorted)
}

fn in_migration(app: &str, name: &str, error: &DbError) -> DbError {
    DbError::new(error.kind().clone(), format!("{app}.{name}: {error}"))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn app(label: &'static str, depends: &'static [&'static str]) -> App {
        App { label, depends, migrations: vec![] }
    }

    #[test]
    fn apps_come_after_what_they_depend_on() {
        let apps = [app("auth", &["contenttypes"]), app("goods", &[]), app("contenttypes", &[])];
        let labels: Vec<_> = sorted(&apps).unwrap().iter().map(|app| app.label).collect();
        assert_eq!(labels, ["goods", "contenttypes", "auth"]);
        assert!(sorted(&[app("a", &["b"]), app("b", &["a"])]).is_err());
        assert!(sorted(&[app("a", &["missing"])]).is_err());
    }
}
