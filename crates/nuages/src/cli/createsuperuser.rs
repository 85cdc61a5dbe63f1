//! `createsuperuser`: the first user of the staff.

use std::io::{BufRead, IsTerminal, Write};

use crate::auth::{NewUser, Passwords, User, is_valid_username, validate_password};
use crate::error::{Error, Result};
use crate::mail::is_valid_address;
use crate::settings::SUPERUSER_PASSWORD;
use crate::site::App;

/// What the command line says of the new user.
pub(super) struct NewSuperuser {
    pub(super) username: Option<String>,
    pub(super) email: Option<String>,
    pub(super) ask: bool,
}

/// Makes the user, asking for what is missing.
pub(super) async fn create(app: &App, new: NewSuperuser) -> Result<()> {
    let ask = |given: Option<String>, what: &str, option: &str| match given {
        Some(text) => Ok(text),
        None if new.ask => prompt(what),
        None => Err(Error::configuration(format!("{option} is needed with --noinput"))),
    };
    let username = ask(new.username, "Username", "--username")?;
    if !is_valid_username(&username) {
        return Err(Error::configuration("--username: at most 150 letters, digits and @ . + - _"));
    }
    let email =
        if new.ask || new.email.is_some() { ask(new.email, "E-mail", "--email")? } else { String::new() };
    if !email.is_empty() && !is_valid_address(&email) {
        return Err(Error::configuration("--email: enter a valid address, or none"));
    }
    let password = match std::env::var(SUPERUSER_PASSWORD) {
        Ok(password) => password,
        Err(_) if new.ask => prompt_hidden("Password")?,
        Err(_) => return Err(Error::configuration(format!("{SUPERUSER_PASSWORD} is needed with --noinput"))),
    };
    for weakness in validate_password(&password, &[("username", &username), ("email", &email)]) {
        println!("warning: {weakness}");
    }
    let passwords = Passwords::new(app.settings.password_iterations, app.random.clone());
    let encoded = passwords.make_password(&password).await?;
    User::create_superuser(&app.db, NewUser::new(username, email, encoded)).await?;
    println!("superuser created");
    Ok(())
}

fn prompt(what: &str) -> Result<String> {
    print!("{what}: ");
    std::io::stdout().flush().map_err(Error::internal)?;
    let mut line = String::new();
    std::io::stdin().lock().read_line(&mut line).map_err(Error::internal)?;
    Ok(line.trim().to_owned())
}

/// As [`prompt`], with the terminal's echo switched off by `stty`, where there is a terminal.
fn prompt_hidden(what: &str) -> Result<String> {
    let echo = |mode: &str| {
        std::io::stdin().is_terminal()
            && std::process::Command::new("stty").arg(mode).status().is_ok_and(|status| status.success())
    };
    let hidden = echo("-echo");
    let answer = prompt(what);
    if hidden {
        echo("echo");
        println!();
    }
    answer
}
