//! Django's names of indexes and constraints (`BaseDatabaseSchemaEditor._create_index_name`, `Index.set_name_with_model`).

use nuages_wire::crypto::Algorithm;

use super::Vendor;

/// `goods_sku_category_id_0f5b8b9b`, with `_like`, `_uniq` or `_fk_…` after the hash; cut to what the database takes.
pub(super) fn index(vendor: Vendor, table: &str, columns: &[&str], suffix: &str) -> String {
    let max = match vendor {
        Vendor::Sqlite => 200,
        Vendor::Postgres => 63,
        Vendor::Mysql => 64,
    };
    let hash = digest(table, columns, 8);
    let joined = columns.join("_");
    let mut tail = format!("{hash}{suffix}");
    let name = format!("{table}_{joined}_{tail}");
    if name.chars().count() <= max {
        return name;
    }
    if tail.chars().count() > max / 3 {
        tail = cut(&tail, max / 3);
    }
    let other = (max - tail.chars().count()) / 2 - 1;
    with_letter(format!("{}_{}_{tail}", cut(table, other), cut(&joined, other)))
}

/// The name of an index of `Meta.indexes` that was given none: `goods_sku_price_1a2b3c_idx`.
pub(super) fn meta_index(table: &str, columns: &[&str]) -> String {
    let mut hashed = columns.to_vec();
    hashed.push("idx");
    let hash = digest(table, &hashed, 6);
    let first = columns.first().map_or("", |column| column.trim_start_matches('-'));
    with_letter(format!("{}_{}_{hash}_idx", cut(table, 11), cut(first, 7)))
}

/// `names_digest`: MD5 over the names one after the other.
fn digest(table: &str, names: &[&str], length: usize) -> String {
    let parts: Vec<&[u8]> = [table].iter().chain(names).map(|name| name.as_bytes()).collect();
    let mut hex = Algorithm::Md5.digest(&parts).to_hex();
    hex.truncate(length);
    hex
}

fn cut(text: &str, length: usize) -> String {
    text.chars().take(length).collect()
}

/// A name begins with a letter.
fn with_letter(mut name: String) -> String {
    if name.starts_with(|first: char| first == '_' || first.is_ascii_digit()) {
        name.pop();
        name.insert(0, 'D');
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The expected names are those in a database that Django 5.2 migrated.
    #[test]
    fn as_django_names_them() {
        let name = |table, columns: &[&str], suffix| index(Vendor::Postgres, table, columns, suffix);
        assert_eq!(name("auth_user", &["username"], "_like"), "auth_user_username_6821ab7c_like");
        assert_eq!(name("django_session", &["expire_date"], ""), "django_session_expire_date_a5c62663");
        assert_eq!(
            name("auth_user_groups", &["user_id", "group_id"], "_uniq"),
            "auth_user_groups_user_id_group_id_94350c0c_uniq"
        );
        assert_eq!(
            name("auth_permission", &["content_type_id"], "_fk_django_content_type_id"),
            "auth_permission_content_type_id_2f476e4b_fk_django_co"
        );
    }
}
