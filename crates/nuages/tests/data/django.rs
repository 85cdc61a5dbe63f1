//! Against the real Django: the tables are those it makes, the migrations those it knows, the values those it reads.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use jiff::Timestamp;
use nuages::db::{Db, Executor, Vendor};
use nuages::migrate::{self, App};
use nuages::schema::{Migration, Operation};
use rust_decimal::Decimal;
use uuid::Uuid;

use crate::database::{Database, on_two_databases};
use crate::models::{Category, Every};

on_two_databases!(tables_and_migrations_are_djangos, values_are_exchanged);

/// A Django project in a folder of its own.
pub(crate) struct Project {
    folder: tempfile::TempDir,
    url: String,
}

impl Project {
    pub(crate) fn on(database: &Database) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        };
        write("settings.py", include_str!("django/settings.py"));
        write("exchange.py", include_str!("django/exchange.py"));
        write("fields.py", include_str!("django/fields.py"));
        write("every/__init__.py", "");
        write("every/models.py", include_str!("django/models.py"));
        let project = Self { folder, url: database.url().to_owned() };
        project.django(&["makemigrations", "every", "--name", "initial"]);
        project
    }

    fn django(&self, arguments: &[&str]) -> String {
        self.python(Path::new("-m"), &[&["django"], arguments].concat())
    }

    pub(crate) fn python(&self, first: &Path, arguments: &[&str]) -> String {
        let python = std::env::var("NUAGES_PYTHON").expect(
            "run cargo xtask test, or set NUAGES_PYTHON to a Python with interop/requirements.txt installed",
        );
        let output = Command::new(python)
            .arg(first)
            .args(arguments)
            .current_dir(self.folder.path())
            .env("PYTHONPATH", self.folder.path())
            .env("DJANGO_SETTINGS_MODULE", "settings")
            .env("NUAGES_TEST_DATABASE", &self.url)
            .output()
            .unwrap();
        let text = |bytes| String::from_utf8_lossy(bytes).into_owned();
        assert!(output.status.success(), "{arguments:?}: {}{}", text(&output.stdout), text(&output.stderr));
        text(&output.stdout)
    }
}

pub(crate) fn apps() -> Vec<App> {
    vec![
        nuages::auth::content_types(),
        nuages::auth::schema(),
        nuages::session::schema(),
        crate::models::schema(),
    ]
}

async fn tables_and_migrations_are_djangos(theirs: Database, ours: Database) {
    let project = Project::on(&theirs);
    project.django(&["migrate"]);
    let db = theirs.connect().await;
    let expected = describe(&db).await;
    assert!(expected.len() > 40, "{expected:#?}");
    assert_eq!(migrate::pending(&db, &apps()).await.unwrap(), []);
    assert_eq!(migrate::migrate(&db, &apps()).await.unwrap(), [], "what Django migrated is left alone");

    let db = ours.connect().await;
    assert_eq!(migrate::pending(&db, &apps()).await.unwrap().len(), 16);
    assert_eq!(migrate::migrate(&db, &apps()).await.unwrap().len(), 16);
    assert_eq!(migrate::migrate(&db, &apps()).await.unwrap(), []);
    let made = describe(&db).await;
    let missing: Vec<_> = expected.difference(&made).collect();
    let surplus: Vec<_> = made.difference(&expected).collect();
    assert!(missing.is_empty() && surplus.is_empty(), "only Django: {missing:#?}\nonly ours: {surplus:#?}");

    let project = Project::on(&ours);
    project.django(&["migrate", "--check"]);
    assert!(project.django(&["migrate"]).contains("No migrations to apply."));
    assert_eq!(describe(&db).await, made);
}

async fn values_are_exchanged(database: Database, _: Database) {
    let db = database.connect().await;
    migrate::migrate(&db, &apps()).await.unwrap();
    let values = [Category::name.set("水果"), Category::code.set("fruit")];
    let category = Category::objects(&db).create(values).await.unwrap();
    let price: Decimal = "99999999.9".parse().unwrap();
    let row = [
        Every::small.set(1),
        Every::big.set(i64::MAX - 1),
        Every::positive.set(2_147_483_647),
        Every::positive_small.set(32_767),
        Every::ratio.set(0.1),
        Every::text.set("天天'生鲜\\%_"),
        Every::price.set(price),
        Every::day.set("2026-02-28".parse::<jiff::civil::Date>().unwrap()),
        Every::ident.set(Uuid::parse_str("6ba7b810-9dad-11d1-80b4-00c04fd430c8").unwrap()),
        Every::raw.set(vec![0, 255]),
        Every::category_id.set(category.id),
        Every::by_code_id.set("fruit"),
        Every::order.set("first"),
    ];
    Every::objects(&db).create(row).await.unwrap();

    let said = Project::on(&database).python(Path::new("exchange.py"), &[]);
    let said: serde_json::Value = serde_json::from_str(said.trim()).unwrap();
    assert_eq!(said["missed"], serde_json::json!([]), "Django does not find what we wrote");
    assert_eq!(said["price"], "99999999.90");

    let at: Timestamp = "9999-12-30T21:59:59.999999Z".parse().unwrap();
    let theirs = Every::objects(&db).filter(Every::id.eq(said["id"].as_i64().unwrap())).get().await.unwrap();
    let expected = Every {
        id: theirs.id,
        small: -32768,
        plain: 3,
        big: i64::MIN,
        positive: 0,
        positive_small: 0,
        flag: false,
        ratio: Some(1e300),
        text: String::new(),
        price: "-0.05".parse().unwrap(),
        day: "0001-01-01".parse().unwrap(),
        at,
        ident: Uuid::nil(),
        raw: vec![],
        category_id: category.id,
        by_code_id: None,
        order: "naïve".to_owned(),
    };
    assert_eq!(theirs, expected);
    let found = Every::objects(&db).filter(Every::price.eq(expected.price) & Every::at.eq(at));
    assert_eq!(found.count().await.unwrap(), 1);
}

#[tokio::test]
async fn an_app_that_an_older_django_began_is_refused() {
    let db = Db::connect(&nuages::db::DatabaseUrl::memory(), crate::database::options()).await.unwrap();
    let early = App {
        migrations: vec![Migration::new(
            "0001_initial",
            vec![Operation::RunSql { sqlite: vec![], postgres: vec![], mysql: vec![] }],
        )],
        ..nuages::auth::content_types()
    };
    migrate::migrate(&db, &[early]).await.unwrap();
    let error = migrate::migrate(&db, &[nuages::auth::content_types()]).await.unwrap_err();
    assert!(error.to_string().contains("older Django"), "{error}");
}

/// Tables, columns, constraints, indexes and recorded migrations, one line each, without an order.
async fn describe(db: &Db) -> BTreeSet<String> {
    let queries: &[&str] = match db.vendor() {
        Vendor::Sqlite => &["SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%'"],
        Vendor::Postgres => &[
            "SELECT table_name || '.' || column_name || ' ' || data_type || ' ' || is_nullable || ' ' || is_identity
                || ' ' || coalesce(identity_generation, '') || ' ' || coalesce(column_default, '')
                || ' ' || coalesce(character_maximum_length, numeric_precision, datetime_precision, 0)
                || ' ' || coalesce(numeric_scale, 0)
             FROM information_schema.columns WHERE table_schema = current_schema()",
            "SELECT replace(indexdef, current_schema() || '.', '') FROM pg_indexes WHERE schemaname = current_schema()",
            "SELECT conrelid::regclass || ' ' || conname || ' ' || pg_get_constraintdef(oid) FROM pg_constraint
             WHERE connamespace = current_schema()::regnamespace",
        ],
        Vendor::Mysql => &[
            "SELECT CONCAT_WS(' ', table_name, column_name, column_type, is_nullable, extra, collation_name, column_default)
             FROM information_schema.columns WHERE table_schema = DATABASE()",
            "SELECT CONCAT_WS(' ', table_name, index_name, non_unique, seq_in_index, column_name, collation)
             FROM information_schema.statistics WHERE table_schema = DATABASE()",
            "SELECT CONCAT_WS(' ', k.table_name, k.constraint_name, constraint_type, column_name,
                    referenced_table_name, referenced_column_name)
             FROM information_schema.key_column_usage k JOIN information_schema.table_constraints c
               ON c.constraint_schema = k.constraint_schema AND c.table_name = k.table_name
              AND c.constraint_name = k.constraint_name
             WHERE k.constraint_schema = DATABASE()",
            "SELECT CONCAT_WS(' ', constraint_name, delete_rule, update_rule)
             FROM information_schema.referential_constraints WHERE constraint_schema = DATABASE()",
            "SELECT CONCAT_WS(' ', table_name, constraint_name, check_clause)
             FROM information_schema.check_constraints WHERE constraint_schema = DATABASE()",
        ],
    };
    let recorded = match db.vendor() {
        Vendor::Mysql => "SELECT CONCAT(app, '.', name) FROM django_migrations",
        _ => "SELECT app || '.' || name FROM django_migrations",
    };
    let mut lines = BTreeSet::new();
    for query in queries.iter().chain(&[recorded]) {
        for row in db.query(query, vec![]).await.unwrap() {
            lines.insert(unordered(&row.get::<String>(0).unwrap()));
        }
    }
    lines
}

/// The columns of a CREATE TABLE in alphabetical order: Django's own rebuilding of tables moves them.
fn unordered(sql: &str) -> String {
    let Some((head, body)) = sql.strip_prefix("CREATE TABLE ").and_then(|sql| sql.split_once(" (")) else {
        return sql.to_owned();
    };
    let mut parts = vec![String::new()];
    let mut depth = 0;
    for c in body.trim_end_matches(')').chars() {
        depth += match c {
            '(' => 1,
            ')' => -1,
            _ => 0,
        };
        match c {
            ',' if depth == 0 => parts.push(String::new()),
            c => parts.last_mut().unwrap().push(c),
        }
    }
    let mut parts: Vec<_> = parts.iter().map(|part| part.trim().trim_end_matches(')')).collect();
    parts.sort_unstable();
    format!("{head}: {}", parts.join(", "))
}
