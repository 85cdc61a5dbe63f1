//! The tables of `django.contrib.auth` and `django.contrib.contenttypes`, as Django 5.2 leaves them.
//!
//! Both apps grew over twelve and two migrations; a new database gets the last form at once and all the names are
//! recorded, so that Django has nothing left to do.

use crate::schema::{App, Field, Kind, Migration, OnDelete, Operation, Table, Unique};

static CONTENT_TYPE: Table = Table {
    fields: &[
        Field::auto(Kind::Auto),
        Field::new("app_label", Kind::Char(100)),
        Field::new("model", Kind::Char(100)),
    ],
    unique: &[Unique { name: None, fields: &["app_label", "model"] }],
    ..Table::new("contenttypes", "ContentType", "django_content_type")
};

static PERMISSION: Table = Table {
    fields: &[
        Field::auto(Kind::Auto),
        Field::new("name", Kind::Char(255)),
        Field::reference("content_type_id", Kind::Integer, "django_content_type", OnDelete::Cascade),
        Field::new("codename", Kind::Char(100)),
    ],
    unique: &[Unique { name: None, fields: &["content_type_id", "codename"] }],
    ..Table::new("auth", "Permission", "auth_permission")
};

static GROUP: Table = Table {
    fields: &[Field::auto(Kind::Auto), Field { unique: true, ..Field::new("name", Kind::Char(150)) }],
    ..Table::new("auth", "Group", "auth_group")
};

static GROUP_PERMISSIONS: Table = Table {
    fields: &[
        Field::auto(Kind::BigAuto),
        Field::reference("group_id", Kind::Integer, "auth_group", OnDelete::Cascade),
        Field::reference("permission_id", Kind::Integer, "auth_permission", OnDelete::Cascade),
    ],
    unique: &[Unique { name: None, fields: &["group_id", "permission_id"] }],
    ..Table::new("auth", "Group_permissions", "auth_group_permissions")
};

static USER: Table = Table {
    fields: &[
        Field::auto(Kind::Auto),
        Field::new("password", Kind::Char(128)),
        Field { null: true, ..Field::new("last_login", Kind::DateTime) },
        Field::new("is_superuser", Kind::Boolean),
        Field { unique: true, ..Field::new("username", Kind::Char(150)) },
        Field::new("first_name", Kind::Char(150)),
        Field::new("last_name", Kind::Char(150)),
        Field::new("email", Kind::Char(254)),
        Field::new("is_staff", Kind::Boolean),
        Field::new("is_active", Kind::Boolean),
        Field::new("date_joined", Kind::DateTime),
    ],
    ..Table::new("auth", "User", "auth_user")
};

static USER_GROUPS: Table = Table {
    fields: &[
        Field::auto(Kind::BigAuto),
        Field::reference("user_id", Kind::Integer, "auth_user", OnDelete::Cascade),
        Field::reference("group_id", Kind::Integer, "auth_group", OnDelete::Cascade),
    ],
    unique: &[Unique { name: None, fields: &["user_id", "group_id"] }],
    ..Table::new("auth", "User_groups", "auth_user_groups")
};

static USER_PERMISSIONS: Table = Table {
    fields: &[
        Field::auto(Kind::BigAuto),
        Field::reference("user_id", Kind::Integer, "auth_user", OnDelete::Cascade),
        Field::reference("permission_id", Kind::Integer, "auth_permission", OnDelete::Cascade),
    ],
    unique: &[Unique { name: None, fields: &["user_id", "permission_id"] }],
    ..Table::new("auth", "User_user_permissions", "auth_user_user_permissions")
};

/// The migrations of `contenttypes`; [`schema`] depends on them.
pub fn content_types() -> App {
    App {
        label: "contenttypes",
        depends: &[],
        migrations: vec![
            Migration::new("0001_initial", vec![Operation::CreateTable(&CONTENT_TYPE)]),
            Migration::new("0002_remove_content_type_name", vec![]),
        ],
    }
}

/// The migrations of `auth`.
pub fn schema() -> App {
    let tables = [&PERMISSION, &GROUP, &GROUP_PERMISSIONS, &USER, &USER_GROUPS, &USER_PERMISSIONS]
        .map(Operation::CreateTable);
    let later = [
        "0002_alter_permission_name_max_length",
        "0003_alter_user_email_max_length",
        "0004_alter_user_username_opts",
        "0005_alter_user_last_login_null",
        "0006_require_contenttypes_0002",
        "0007_alter_validators_add_error_messages",
        "0008_alter_user_username_max_length",
        "0009_alter_user_last_name_max_length",
        "0010_alter_group_name_max_length",
        "0011_update_proxy_permissions",
        "0012_alter_user_first_name_max_length",
    ];
    let mut migrations = vec![Migration::new("0001_initial", tables.to_vec())];
    migrations.extend(later.map(|name| Migration::new(name, vec![])));
    App { label: "auth", depends: &["contenttypes"], migrations }
}
