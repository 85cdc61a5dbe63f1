//! The command line's grammar.

use std::net::SocketAddr;

use clap::{Arg, ArgAction, ArgMatches, value_parser};

use super::createsuperuser::NewSuperuser;
use crate::site::Command;

/// Where a site listens unless it is told otherwise.
pub(super) const BIND: &str = "127.0.0.1:8000";

/// What is asked for.
pub(super) enum Chosen {
    Serve {
        bind: SocketAddr,
    },
    Migrate,
    CreateSuperuser(NewSuperuser),
    ClearSessions,
    Check {
        deploy: bool,
    },
    Worker,
    /// A command of the site's own, by its place in the list.
    Own(usize),
}

/// Reads the process's arguments; a mistake or `--help` ends the process with what clap says.
pub(super) fn parse(own: &[Command]) -> Chosen {
    chosen(&grammar(own).get_matches(), own)
}

fn grammar(own: &[Command]) -> clap::Command {
    let name = std::env::current_exe().ok().and_then(|path| Some(path.file_stem()?.to_str()?.to_owned()));
    let text =
        |name: &'static str, help: &'static str| Arg::new(name).long(name).value_name("TEXT").help(help);
    clap::Command::new("site")
        .bin_name(name.unwrap_or_else(|| "site".to_owned()))
        .about("Serves the site, or does one of the chores below. Without a subcommand: serve.")
        .after_help("Settings come from NUAGES_* in the environment, then from nuages.toml.")
        .subcommand(
            clap::Command::new("serve").about("Answer requests and run tasks until Ctrl-C, then drain and stop").arg(
                Arg::new("bind")
                    .long("bind")
                    .value_name("ADDR:PORT")
                    .value_parser(value_parser!(SocketAddr))
                    .default_value(BIND)
                    .help("Where to listen"),
            ),
        )
        .subcommand(clap::Command::new("migrate").about("Make or change the tables; those that Django made are left alone"))
        .subcommand(
            clap::Command::new("createsuperuser")
                .about("Make a user who may do everything")
                .long_about("Make a user who may do everything. What is not given is asked for; with --noinput the password is read from NUAGES_SUPERUSER_PASSWORD.")
                .arg(text("username", "The name to log in with"))
                .arg(text("email", "The address, which may be empty"))
                .arg(Arg::new("noinput").long("noinput").action(ArgAction::SetTrue).help("Ask nothing")),
        )
        .subcommand(clap::Command::new("clearsessions").about("Remove expired sessions"))
        .subcommand(
            clap::Command::new("check")
                .about("Look for mistakes in settings, routes, templates and database")
                .arg(Arg::new("deploy").long("deploy").action(ArgAction::SetTrue).help("Also what is unwise in production")),
        )
        .subcommand(clap::Command::new("worker").about("Run tasks until Ctrl-C, then finish those that are running"))
        .subcommands(own.iter().map(|command| clap::Command::new(command.name).about(command.about)))
        // `clearsessions` and the like are Django's; a help subcommand would only stand in their way.
        .disable_help_subcommand(true)
}

fn chosen(matches: &ArgMatches, own: &[Command]) -> Chosen {
    let text = |arguments: &ArgMatches, name: &str| arguments.get_one::<String>(name).cloned();
    match matches.subcommand() {
        Some(("migrate", _)) => Chosen::Migrate,
        Some(("createsuperuser", arguments)) => Chosen::CreateSuperuser(NewSuperuser {
            username: text(arguments, "username"),
            email: text(arguments, "email"),
            ask: !arguments.get_flag("noinput"),
        }),
        Some(("clearsessions", _)) => Chosen::ClearSessions,
        Some(("check", arguments)) => Chosen::Check { deploy: arguments.get_flag("deploy") },
        Some(("worker", _)) => Chosen::Worker,
        Some((name, arguments)) => match own.iter().position(|command| command.name == name) {
            Some(at) => Chosen::Own(at),
            None => Chosen::Serve { bind: arguments.get_one("bind").copied().unwrap_or_else(default_bind) },
        },
        None => Chosen::Serve { bind: default_bind() },
    }
}

fn default_bind() -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], 8000))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn parsed(arguments: &[&str]) -> Chosen {
        let own = [Command::new("seed", "Put goods on the shelves", |_| async { Ok(()) })];
        let matches = grammar(&own).try_get_matches_from([&["shop"], arguments].concat()).unwrap();
        chosen(&matches, &own)
    }

    #[test]
    fn the_grammar_holds_together() {
        grammar(&[]).debug_assert();
        assert_eq!(default_bind(), BIND.parse().unwrap());
    }

    #[test]
    fn without_a_subcommand_it_serves() {
        assert!(matches!(parsed(&[]), Chosen::Serve { bind } if bind == default_bind()));
        let given = parsed(&["serve", "--bind", "0.0.0.0:80"]);
        assert!(matches!(given, Chosen::Serve { bind } if bind == "0.0.0.0:80".parse().unwrap()));
    }

    #[test]
    fn a_sites_own_command_is_found() {
        assert!(matches!(parsed(&["seed"]), Chosen::Own(0)));
        assert!(matches!(parsed(&["check", "--deploy"]), Chosen::Check { deploy: true }));
        let matches = grammar(&[]).try_get_matches_from(["shop", "nonsense"]);
        assert!(matches.is_err());
    }
}
