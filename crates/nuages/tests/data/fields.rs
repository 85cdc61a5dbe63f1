//! Each type of field at its limits: written here and read by Django, written by Django and read here.

use jiff::civil::Time;
use jiff::{SignedDuration, Timestamp};
use nuages::migrate;
use nuages::orm::Json;
use rust_decimal::Decimal;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::database::{Database, on_two_databases};
use crate::django::{Project, apps};
use crate::models::Limits;

on_two_databases!(each_type_at_its_limits);

fn decimal(text: &str) -> Decimal {
    text.parse().unwrap()
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn limits() -> [Limits; 3] {
    let low = Limits {
        id: 1,
        small: i16::MIN,
        plain: i32::MIN,
        big: i64::MIN,
        positive: 0,
        positive_small: 0,
        flag: false,
        ratio: f64::MIN,
        name: String::new(),
        text: String::new(),
        price: decimal("-99999999.99"),
        day: "0001-01-01".parse().unwrap(),
        at: at("0001-01-01T00:00:00Z"),
        ident: Uuid::nil(),
        raw: vec![],
        time: Time::midnight(),
        length: SignedDuration::from_micros(i64::MIN),
        data: Json(Value::Null),
        more: None,
        nothing: None,
    };
    let high = Limits {
        id: 2,
        small: i16::MAX,
        plain: i32::MAX,
        big: i64::MAX,
        positive: 2_147_483_647,
        positive_small: 32_767,
        flag: true,
        ratio: f64::MAX,
        // Twenty characters of four bytes each.
        name: "🍎".repeat(20),
        text: "天天'生鲜\\%_\"`;--\r\n\t🍐".repeat(5000),
        price: decimal("99999999.99"),
        day: "9999-12-31".parse().unwrap(),
        at: at("9999-12-30T21:59:59.999999Z"),
        ident: Uuid::max(),
        raw: (0..=255).cycle().take(70_000).collect(),
        time: "23:59:59.999999".parse().unwrap(),
        length: SignedDuration::from_micros(i64::MAX),
        data: Json(json!({"b": [1, 2.5, -1e300, null, true], "a": {"天": "\u{1F350}'\"\\%"}, "": {}})),
        more: Some(Json(vec![String::new(), "naïve \t\n".to_owned()])),
        nothing: Some(String::new()),
    };
    let odd = Limits {
        id: 3,
        ratio: f64::MIN_POSITIVE,
        name: " é e\u{301} ".to_owned(),
        text: "NULL".to_owned(),
        price: decimal("0.01"),
        day: "2000-02-29".parse().unwrap(),
        at: at("1969-12-31T23:59:59.000001Z"),
        time: "12:00:00.5".parse().unwrap(),
        length: SignedDuration::from_micros(-1),
        data: Json(json!("text")),
        more: Some(Json(vec![])),
        nothing: Some("NULL".to_owned()),
        ..low.clone()
    };
    [low, high, odd]
}

/// As `fields.py` shows a row.
fn shown(row: &Limits) -> Value {
    let at = row.at.strftime("%Y-%m-%dT%H:%M:%S").to_string();
    let raw: String = row.raw.iter().map(|byte| format!("{byte:02x}")).collect();
    json!({
        "small": row.small, "plain": row.plain, "big": row.big,
        "positive": row.positive, "positive_small": row.positive_small, "flag": row.flag,
        "name": row.name, "text": row.text, "price": row.price.to_string(), "day": row.day.to_string(),
        "at": format!("{at}.{:06}Z", row.at.as_microsecond().rem_euclid(1_000_000)),
        "ident": row.ident.to_string(), "raw": raw, "nothing": row.nothing,
        "time": row.time.strftime("%H:%M:%S.%6f").to_string(), "length": row.length.as_micros() as i64,
        "data": row.data.0, "more": row.more.as_ref().map(|Json(more)| more),
    })
}

async fn each_type_at_its_limits(database: Database, _: Database) {
    let db = database.connect().await;
    migrate::migrate(&db, &apps()).await.unwrap();
    let ours = limits();
    let rows = ours.clone().map(|row| {
        [
            Limits::small.set(row.small),
            Limits::plain.set(row.plain),
            Limits::big.set(row.big),
            Limits::positive.set(row.positive),
            Limits::positive_small.set(row.positive_small),
            Limits::flag.set(row.flag),
            Limits::ratio.set(row.ratio),
            Limits::name.set(row.name),
            Limits::text.set(row.text),
            Limits::price.set(row.price),
            Limits::day.set(row.day),
            Limits::at.set(row.at),
            Limits::ident.set(row.ident),
            Limits::raw.set(row.raw),
            Limits::time.set(row.time),
            Limits::length.set(row.length),
            Limits::data.set(row.data),
            Limits::more.set(row.more),
            Limits::nothing.set(row.nothing),
        ]
    });
    Limits::objects(&db).bulk_create(rows).await.unwrap();

    let said = Project::on(&database).python(std::path::Path::new("fields.py"), &[]);
    let mut said: Value = serde_json::from_str(said.trim()).unwrap();
    assert_eq!(said["missed"], json!([]), "Django does not find what we wrote");
    let theirs = Limits::objects(&db).order_by([Limits::id.asc()]).list().await.unwrap();
    assert_eq!(theirs.len(), 6);
    for (place, row) in ours.into_iter().enumerate() {
        let mut read = said["rows"][place].take();
        // Python's and Rust's shortest digits differ in form, not in value.
        let ratio = read.as_object_mut().unwrap().remove("ratio").unwrap();
        assert_eq!(ratio.as_str().unwrap().parse::<f64>().unwrap(), row.ratio);
        assert!(
            read == shown(&row),
            "Django reads row {place} otherwise: {read:.300} and {:.300}",
            shown(&row)
        );
        let copy = &theirs[place + 3];
        assert!(theirs[place] == row, "row {place} comes back otherwise");
        assert!(*copy == Limits { id: copy.id, ..row }, "we read Django's row {place} otherwise");
    }
}
