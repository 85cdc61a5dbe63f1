//! The demonstration goods, and the demo's login.

use nuages::auth::{NewUser, Passwords, User};
use nuages::db::Tx;
use nuages::prelude::*;
use rust_decimal::Decimal;
use serde::Deserialize;

use crate::goods::models::{Category, Sku};
use crate::goods::shelves;

/// Six categories and their goods; the format is told at its top.
const GOODS: &str = include_str!("../seed/goods.toml");

/// The login of a demo's staff. A demo listens on the loopback only.
const STAFF: (&str, &str) = ("admin", "nuages-demo");

#[derive(Deserialize)]
struct Goods {
    category: Vec<CategorySeed>,
    sku: Vec<SkuSeed>,
}

#[derive(Deserialize)]
struct CategorySeed {
    slug: String,
    name: String,
    name_en: String,
}

#[derive(Deserialize)]
struct SkuSeed {
    category: String,
    name: String,
    name_en: String,
    desc: String,
    desc_en: String,
    price: Decimal,
    unit: String,
    unit_en: String,
    stock: i64,
    sales: i64,
    status: i16,
    image: String,
}

/// Puts the goods on the shelves, unless something stands there already.
pub(crate) async fn seed(app: App) -> Result<()> {
    let goods: Goods = toml::from_str(GOODS).map_err(Error::internal)?;
    let put = app.db.transaction(move |tx| async move { put(&tx, goods).await }).await?;
    shelves::forget(&app.cache).await?;
    match put {
        0 => println!("the shelves are filled already"),
        count => println!("{count} goods are on the shelves"),
    }
    Ok(())
}

/// As [`seed`], and makes the login of the staff.
pub(crate) async fn demo(app: App) -> Result<()> {
    seed(app.clone()).await?;
    let (username, password) = STAFF;
    if !User::objects(&app.db).filter(User::username.eq(username)).exists().await? {
        let passwords = Passwords::new(app.settings.password_iterations, app.random.clone());
        let encoded = passwords.make_password(password).await?;
        User::create_superuser(&app.db, NewUser::new(username, "admin@localhost", encoded)).await?;
    }
    println!("staff login: {username} / {password}");
    Ok(())
}

async fn put(tx: &Tx, goods: Goods) -> Result<usize> {
    if Category::objects(tx).exists().await? {
        return Ok(0);
    }
    let mut categories = Vec::new();
    for (index, seed) in (1..).zip(goods.category) {
        let row = [
            Category::slug.set(seed.slug),
            Category::name.set(seed.name),
            Category::name_en.set(seed.name_en),
            Category::index.set(index),
            Category::is_delete.set(false),
        ];
        categories.push(Category::objects(tx).create(row).await?);
    }
    let count = goods.sku.len();
    for seed in goods.sku {
        let category = categories.iter().find(|category| category.slug == seed.category);
        let category =
            category.ok_or_else(|| Error::configuration(format!("seed: no category {}", seed.category)))?;
        let row = [
            Sku::category_id.set(category.id),
            Sku::name.set(seed.name),
            Sku::name_en.set(seed.name_en),
            Sku::desc.set(seed.desc),
            Sku::desc_en.set(seed.desc_en),
            Sku::price.set(seed.price),
            Sku::unit.set(seed.unit),
            Sku::unit_en.set(seed.unit_en),
            Sku::image.set(seed.image),
            Sku::stock.set(seed.stock),
            Sku::sales.set(seed.sales),
            Sku::status.set(seed.status),
            Sku::is_delete.set(false),
        ];
        Sku::objects(tx).create(row).await?;
    }
    Ok(count)
}
