//! `/user/register`: a new account, inactive until the link in the mail is opened.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use nuages::auth::{
    Auth, CreateUserError, CurrentUser, EncodedPassword, NewUser, User, WeakPassword, is_valid_username,
    validate_password,
};
use nuages::captcha::Captcha;
use nuages::db::{DbError, Tx};
use nuages::messages::Messages;
use nuages::orm::Optional;
use nuages::prelude::*;
use nuages::upload::FormData;

use super::activation;
use super::models::Profile;
use crate::form::Form;

const LONGEST_NAME: usize = 150;
const LONGEST_EMAIL: usize = 254;
const REQUIRED: &str = "This field is required.";

/// The empty form; who is logged in has an account.
pub(crate) async fn form(user: CurrentUser<User>, captcha: Captcha) -> Result<Response> {
    if user.is_some() {
        return Ok(redirect("/"));
    }
    page(Form::default(), &captcha).await.map(IntoResponse::into_response)
}

/// Makes the account and leaves its mail. Whether the address has an account already, the answer does not tell.
pub(crate) async fn register(
    State(app): State<App>,
    user: CurrentUser<User>,
    auth: Auth,
    captcha: Captcha,
    translator: Translator,
    messages: Messages,
    sent: FormData,
) -> Result<Response> {
    if user.is_some() {
        return Ok(redirect("/"));
    }
    let mut form = Form::of(&sent.fields, &["user_name", "email", "allow"]);
    let password = sent.get("password").unwrap_or_default();
    check(&mut form, password, sent.get("password2").unwrap_or_default(), &translator);
    // Last, because an answer is good for one try.
    if form.is_valid() {
        let field = |name| sent.get(name).unwrap_or_default();
        if !captcha.check(field("captcha_id"), field("captcha")).await? {
            form.refuse("captcha", translator.gettext("The characters do not match the picture."));
        }
    }
    if form.is_valid() {
        let account = Account {
            name: form.value("user_name").to_owned(),
            email: form.value("email").to_owned(),
            // Hashed before anything is looked up: a taken address costs what a free one costs.
            password: auth.passwords().make_password(password).await?,
            language: translator.language().to_owned(),
        };
        let attempt = || {
            let (work, account) = (app.clone(), account.clone());
            app.db.transaction(move |tx| async move { make(&tx, &work, account).await })
        };
        let outcome = match attempt().await {
            // Another tab has just taken the address: the second attempt finds its owner.
            Err(Refusal::AddressTaken) => attempt().await,
            outcome => outcome,
        };
        match outcome {
            Ok(()) => {
                let text = "We have sent you a mail. Open the link in it to activate your account.";
                messages.success(translator.gettext(text));
                return Ok(redirect("/user/login"));
            }
            Err(Refusal::Taken) => form.refuse("user_name", translator.gettext("This name is taken.")),
            Err(Refusal::AddressTaken) => {
                return Err(Error::conflict("the address is being registered elsewhere"));
            }
            Err(Refusal::Error(error)) => return Err(error),
        }
    }
    page(form, &captcha).await.map(IntoResponse::into_response)
}

async fn page(form: Form, captcha: &Captcha) -> Result<Template> {
    let captcha_id = captcha.challenge().await?;
    Ok(Template::new("user/register.html", context! { form, captcha_id }))
}

/// Refuses what cannot be an account. The passwords are looked at, not kept.
fn check(form: &mut Form, password: &str, again: &str, translator: &Translator) {
    let (name, email) = (form.value("user_name").to_owned(), form.value("email").to_owned());
    for (field, value) in
        [("user_name", name.as_str()), ("email", &email), ("password", password), ("password2", again)]
    {
        if value.is_empty() {
            form.refuse(field, translator.gettext(REQUIRED));
        }
    }
    for (field, value, most) in [("user_name", &name, LONGEST_NAME), ("email", &email, LONGEST_EMAIL)] {
        if value.chars().count() > most {
            form.refuse(field, translator.format("At most %(count)s characters.", &[("count", &most)]));
        }
    }
    if !is_valid_username(&name) {
        form.refuse("user_name", translator.gettext("Only letters, digits and @ . + - _ are allowed."));
    }
    if !nuages::mail::is_valid_address(&email) {
        form.refuse("email", translator.gettext("Enter a valid e-mail address."));
    }
    for weakness in validate_password(password, &[("username", &name), ("email", &email)]) {
        form.refuse("password", translator.gettext(weakness_text(weakness)));
    }
    if password != again {
        form.refuse("password2", translator.gettext("The two passwords differ."));
    }
    if form.value("allow").is_empty() {
        form.refuse("allow", translator.gettext("Please agree to the terms of use."));
    }
}

fn weakness_text(weakness: WeakPassword) -> &'static str {
    match weakness {
        WeakPassword::TooShort => "The password is too short: at least 8 characters.",
        WeakPassword::EntirelyNumeric => "The password cannot be digits only.",
        WeakPassword::TooCommon => "The password is too common.",
        WeakPassword::TooSimilar { .. } => "The password is too similar to your name or e-mail.",
    }
}

#[derive(Clone)]
struct Account {
    name: String,
    email: String,
    password: EncodedPassword,
    language: String,
}

enum Refusal {
    /// The name is somebody's.
    Taken,
    /// The address was free when we looked, and is somebody's now.
    AddressTaken,
    Error(Error),
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        Self::Error(error)
    }
}

impl From<DbError> for Refusal {
    fn from(error: DbError) -> Self {
        if error.is_unique_violation(&["email"]) { Self::AddressTaken } else { Self::Error(error.into()) }
    }
}

impl From<CreateUserError> for Refusal {
    /// The database decides who was first.
    fn from(error: CreateUserError) -> Self {
        match error {
            CreateUserError::UsernameTaken => Self::Taken,
            other => Self::Error(other.into()),
        }
    }
}

async fn make(tx: &Tx, app: &App, account: Account) -> Result<(), Refusal> {
    let owner = User::objects(tx).filter(User::email.iexact(account.email.as_str())).first().await?;
    if let Some(owner) = owner {
        // A taken name is said so, whatever the address; else it would tell of the address.
        let same_name = User::objects(tx).filter(User::username.eq(account.name.as_str()));
        if same_name.get().await.optional().map_err(Error::from)?.is_some() {
            return Err(Refusal::Taken);
        }
        activation::enqueue(tx, &app.tasks, activation::ALREADY, owner.id, &account.language).await?;
        return Ok(());
    }
    let claimed = account.email.to_lowercase();
    let new = NewUser { is_active: false, ..NewUser::new(account.name, account.email, account.password) };
    let user = User::create_user(tx, new).await?;
    let profile = [Profile::user_id.set(user.id), Profile::avatar.set(""), Profile::email.set(Some(claimed))];
    Profile::objects(tx).create(profile).await?;
    activation::enqueue(tx, &app.tasks, activation::SEND, user.id, &account.language).await?;
    Ok(())
}
