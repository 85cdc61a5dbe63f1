//! `/user/address`: where goods are delivered. The latest updated is the default.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use nuages::auth::{LoggedIn, User};
use nuages::db::{Db, DbError};
use nuages::messages::Messages;
use nuages::prelude::*;
use nuages::template::Dict;
use nuages::upload::FormData;

use super::models::Address;
use crate::form::Form;

/// The lengths of the columns, in characters.
const MOST: [(&str, usize); 2] = [("receiver", 20), ("addr", 256)];
/// Nobody needs more; a list without an end would make each page longer.
const MOST_ADDRESSES: u64 = 50;

/// The addresses and an empty form.
pub(crate) async fn form(State(app): State<App>, user: LoggedIn<User>) -> Result<Template> {
    page(&app.db, user.id, Form::default()).await
}

/// Adds an address.
pub(crate) async fn add(
    State(app): State<App>,
    user: LoggedIn<User>,
    translator: Translator,
    messages: Messages,
    sent: FormData,
) -> Result<Response> {
    let mut form = Form::of(&sent.fields, &["receiver", "addr", "zip_code", "phone"]);
    check(&mut form, &translator);
    if !form.is_valid() {
        return page(&app.db, user.id, form).await.map(IntoResponse::into_response);
    }
    Address::objects(&app.db)
        .create([
            Address::user_id.set(user.id),
            Address::receiver.set(form.value("receiver")),
            Address::addr.set(form.value("addr")),
            Address::zip_code.set(form.value("zip_code")),
            Address::phone.set(form.value("phone")),
            Address::is_delete.set(false),
        ])
        .await?;
    messages.success(translator.gettext("The address is saved."));
    Ok(redirect("/user/address"))
}

/// A user's addresses, the default one first.
pub(crate) async fn of_user(db: &Db, user_id: i64) -> Result<Vec<Address>, DbError> {
    Address::objects(db).filter(Address::of(user_id)).limit(MOST_ADDRESSES).list().await
}

/// `address`: id, receiver, addr, `zip_code`, phone.
pub(crate) fn value(address: &Address) -> Value {
    Dict::from_iter([
        ("id", Value::from(address.id)),
        ("receiver", Value::from(address.receiver.as_str())),
        ("addr", Value::from(address.addr.as_str())),
        ("zip_code", Value::from(address.zip_code.as_str())),
        ("phone", Value::from(address.phone.as_str())),
    ])
    .into()
}

async fn page(db: &Db, user_id: i64, form: Form) -> Result<Template> {
    let addresses = Value::list(of_user(db, user_id).await?.iter().map(value));
    Ok(Template::new("user/address.html", context! { addresses, form }))
}

fn check(form: &mut Form, translator: &Translator) {
    for (field, most) in MOST {
        match form.value(field).chars().count() {
            0 => form.refuse(field, translator.gettext("This field is required.")),
            length if length > most => {
                form.refuse(field, translator.format("At most %(count)s characters.", &[("count", &most)]));
            }
            _ if form.value(field).contains('\0') => {
                form.refuse(field, translator.gettext("Null characters are not allowed."));
            }
            _ => {}
        }
    }
    let zip_code = form.value("zip_code").as_bytes();
    if !matches!(zip_code.len(), 0 | 6) || !zip_code.iter().all(u8::is_ascii_digit) {
        form.refuse("zip_code", translator.gettext("Enter a postcode of 6 digits."));
    }
    if !is_mobile(form.value("phone")) {
        form.refuse("phone", translator.gettext("Enter a mobile number of 11 digits."));
    }
}

/// `^1[3-9]\d{9}$`, in ASCII digits.
fn is_mobile(phone: &str) -> bool {
    matches!(phone.as_bytes(), [b'1', b'3'..=b'9', rest @ ..] if rest.len() == 9 && rest.iter().all(u8::is_ascii_digit))
}

#[cfg(test)]
mod tests {
    use super::is_mobile;

    #[test]
    fn a_mobile_number_has_eleven_digits() {
        assert!(["13912345678", "16612345678", "19900000000"].into_iter().all(is_mobile));
        let not = [
            "",
            "12912345678",
            "1391234567",
            "139123456789",
            "1391234567８",
            "+13912345678",
            "13912345678\n",
        ];
        assert!(!not.into_iter().any(is_mobile));
    }
}
