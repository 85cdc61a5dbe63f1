//! `cargo xtask race`: many clients on one session, and the count of what was lost.
//!
//! Two processes of ours serve one session, on each engine; clients put different goods into its cart and count its
//! counter, and what they were told is held against what is stored. Then a Django writes into the session meanwhile,
//! which shows its blind window, and then Django races alone. Each contest prints a line:
//!
//! ```text
//! {"engine":"db","clients":8,"sent":4000,"ok":4000,"refused":0,"lost":0,"doubled":0,"rate":912,"on":"sqlite","by":"nuages"}
//! ```

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use nuages::settings::SessionEngine;
use serde_json::{Value, json};

use crate::servers::Redis;
use crate::tools;

mod connection;
mod contest;
mod outage;
mod place;
pub(crate) mod server;

use contest::{Contest, Outcome};
pub(crate) use place::fresh_database;
use place::{Backing, Backings, Place, backings, comparing_django, django, has_redis, promises};

/// Clients at once, when the command line does not say.
const CLIENTS: [usize; 2] = [8, 64];

/// Of so many requests one may be refused.
const REFUSED: usize = 1000;

/// What is left of the rate of few clients when there are many.
const RATE: f64 = 0.7;

/// How the rates are taken: the median of so many rounds, the numbers of clients in turn.
const ROUNDS: usize = 3;

/// How long Redis is frozen.
const FREEZE: Duration = Duration::from_secs(5);
const SHORT_FREEZE: Duration = Duration::from_secs(1);

#[derive(clap::Args, Clone, Debug)]
pub(crate) struct Options {
    /// The engine; each of them in turn when none is named
    #[arg(long, value_parser = engine)]
    engine: Option<SessionEngine>,
    /// Clients at once; 8 and 64 when not said
    #[arg(long)]
    clients: Option<usize>,
    /// Additions of different goods, and as many updates of the counter
    #[arg(long, default_value_t = 2000)]
    additions: usize,
    /// A few seconds an engine: fewer requests, one round, no rates judged, Django only where it compares and swaps; then
    /// a short outage
    #[arg(long)]
    short: bool,
    /// Instead of racing: kill Redis and start it again, and freeze it for five seconds, under load
    #[arg(long)]
    outage: bool,
}

/// Races, prints, and says whether everything held that is promised.
pub(crate) fn run(options: &Options) -> ExitCode {
    let raced = tokio::runtime::Runtime::new().map_err(|error| error.to_string());
    match raced.and_then(|runtime| runtime.block_on(race(options))) {
        Ok(broken) if broken.is_empty() => ExitCode::SUCCESS,
        Ok(broken) => {
            broken.iter().for_each(|promise| eprintln!("broken: {promise}"));
            ExitCode::FAILURE
        }
        Err(reason) => {
            eprintln!("{reason}");
            ExitCode::FAILURE
        }
    }
}

/// The races of all engines; the promises that did not hold.
async fn race(options: &Options) -> Result<Vec<String>, String> {
    let root = tools::workspace_root();
    let mut course = Course {
        options: options.clone(),
        python: tools::python(&root)?,
        twin: root.join("interop/twin"),
        backings: Backings::start()?,
        broken: Vec::new(),
    };
    let engines = options.engine.map_or(SessionEngine::ALL.to_vec(), |engine| vec![engine]);
    for engine in engines.iter().filter(|_| !options.outage) {
        for backing in backings(*engine) {
            course.contests(*engine, *backing).await?;
        }
    }
    if options.outage || options.short {
        course.backings.redis = Redis::start_durable()?;
        for engine in engines.iter().filter(|engine| has_redis(**engine)) {
            course.outages(*engine).await?;
        }
    }
    Ok(course.broken)
}

fn engine(name: &str) -> Result<SessionEngine, String> {
    let names = SessionEngine::ALL.map(SessionEngine::name).join(", ");
    let known = SessionEngine::ALL.into_iter().find(|engine| engine.name() == name);
    known.ok_or_else(|| format!("there are {names}"))
}

/// What all races share.
#[derive(Debug)]
struct Course {
    options: Options,
    python: PathBuf,
    twin: PathBuf,
    backings: Backings,
    /// The promises that did not hold.
    broken: Vec<String>,
}

impl Course {
    async fn contests(&mut self, engine: SessionEngine, backing: Backing) -> Result<(), String> {
        self.nuages_alone(engine, backing).await?;
        self.beside_django(engine, backing).await?;
        if !self.options.short {
            self.django_alone(engine, backing).await?;
        }
        Ok(())
    }

    /// Redis goes away and comes back; on the first database alone, which has no part in it.
    async fn outages(&mut self, engine: SessionEngine) -> Result<(), String> {
        let pause = if self.options.short { SHORT_FREEZE } else { FREEZE };
        let place = Place::new(engine, backings(engine)[0], &self.backings).await?;
        let broken = outage::run(&place, &mut self.backings.redis, pause).await?;
        self.broken.extend(broken);
        Ok(())
    }

    /// Two processes of ours: nothing lost, nothing doubled, hardly anything refused, and many clients nearly as fast
    /// as few.
    async fn nuages_alone(&mut self, engine: SessionEngine, backing: Backing) -> Result<(), String> {
        let place = Place::new(engine, backing, &self.backings).await?;
        let processes = [place.nuages()?, place.nuages()?];
        let servers: Vec<_> = processes.iter().map(|process| process.address).collect();
        let clients = self.options.clients.map_or(CLIENTS.to_vec(), |clients| vec![clients]);
        let mut rates = vec![Vec::new(); clients.len()];
        for _ in 0..if self.options.short { 1 } else { ROUNDS } {
            for (clients, rates) in clients.iter().zip(&mut rates) {
                let contest = self.contest(servers.clone(), *clients, 1);
                let outcome = contest.run().await?;
                print(&place, "nuages", *clients, &outcome);
                rates.push(outcome.rate);
                self.judge(&place, "nuages", *clients, &outcome);
            }
        }
        if let [few, many] = &mut rates[..] {
            let (few, many) = (median(few), median(many));
            let kept = many / few;
            println!("{place}: {many:.0}/s with 64 clients, {few:.0}/s with 8: {kept:.2} of it is kept");
            if kept < RATE && promises(engine) && !self.options.short {
                self.broken.push(format!("{place}: {kept:.2} of the rate is kept, {RATE} is promised"));
            }
        }
        Ok(())
    }

    /// Two processes of ours, and a Django that writes blind; then one that compares and swaps.
    async fn beside_django(&mut self, engine: SessionEngine, backing: Backing) -> Result<(), String> {
        let stock = (!self.options.short).then(|| django(engine));
        for django in stock.into_iter().chain(comparing_django(engine)) {
            let place = Place::new(engine, backing, &self.backings).await?;
            let processes = [place.nuages()?, place.nuages()?];
            let twin = place.django(&self.python, &self.twin, django)?;
            let servers = processes.iter().map(|process| process.address).collect();
            let contest = Contest { writer: Some(twin.address), ..self.contest(servers, CLIENTS[0], 1) };
            let outcome = contest.run().await?;
            let compares = comparing_django(engine) == Some(django);
            let by = if compares { "nuages + django comparing" } else { "nuages + django" };
            print(&place, by, CLIENTS[0], &outcome);
            let notes = &outcome.notes;
            println!(
                "{place} beside {django}: {} writes of Django's, {} of them lost, overwrote {} of ours; its window: {:.1} ms",
                notes.ok,
                notes.lost,
                outcome.lost,
                notes.window.as_secs_f64() * 1000.0
            );
            if notes.lost > 0 && promises(engine) {
                self.broken.push(format!("{place}: writes of Django's were lost"));
            }
            if compares {
                self.judge(&place, by, CLIENTS[0], &outcome);
            }
        }
        Ok(())
    }

    /// Four processes of Django's, for comparison; then those that compare and swap, which are judged.
    async fn django_alone(&mut self, engine: SessionEngine, backing: Backing) -> Result<(), String> {
        for django in [django(engine)].into_iter().chain(comparing_django(engine)) {
            let place = Place::new(engine, backing, &self.backings).await?;
            // Our process makes the table.
            drop(place.nuages()?);
            let twins: Vec<_> =
                (0..4).map(|_| place.django(&self.python, &self.twin, django)).collect::<Result<_, _>>()?;
            let servers: Vec<_> = twins.iter().map(|process| process.address).collect();
            for clients in CLIENTS {
                let outcome = self.contest(servers.clone(), clients, 8).run().await?;
                print(&place, django, clients, &outcome);
                // Its counter is merged after the view has answered: two views may have told the same number.
                if comparing_django(engine) == Some(django) && outcome.lost + outcome.doubled > 0 {
                    self.broken.push(format!("{place}, {django}, {clients} clients: lost or doubled"));
                }
            }
        }
        Ok(())
    }

    /// Holds a contest against what is promised.
    fn judge(&mut self, place: &Place, by: &str, clients: usize, outcome: &Outcome) {
        let contest = format!("{place}, {by}, {clients} clients");
        if !promises(place.engine) {
            println!("{contest}: the cookie is the store, nothing is promised");
            return;
        }
        let Outcome { sent, refused, lost, doubled, repeated, .. } = *outcome;
        for (number, what) in [(lost, "lost"), (doubled, "doubled"), (repeated, "answered twice")] {
            if number > 0 {
                self.broken.push(format!("{contest}: {number} {what}"));
            }
        }
        if refused * REFUSED > sent {
            self.broken.push(format!("{contest}: {refused} of {sent} refused"));
        }
    }

    fn contest(&self, servers: Vec<std::net::SocketAddr>, clients: usize, fewer: usize) -> Contest {
        let additions = if self.options.short { 200 } else { self.options.additions } / fewer;
        Contest { servers, writer: None, clients, additions }
    }
}

/// The line of a contest: the promised fields first, then what explains them.
fn print(place: &Place, by: &str, clients: usize, outcome: &Outcome) {
    let Outcome { sent, ok, refused, lost, doubled, repeated, rate, refusals, .. } = outcome;
    let name = Value::from;
    let mut line = format!(
        r#"{{"engine":{},"clients":{clients},"sent":{sent},"ok":{ok},"refused":{refused},"lost":{lost},"doubled":{doubled},"rate":{rate:.0},"on":{},"by":{},"repeated":{repeated}"#,
        name(place.engine.name()),
        name(place.backing.name()),
        name(by)
    );
    if !refusals.is_empty() {
        line += &format!(r#","refusals":{}"#, json!(refusals));
    }
    println!("{line}}}");
}

fn median(rates: &mut [f64]) -> f64 {
    rates.sort_by(f64::total_cmp);
    rates[rates.len() / 2]
}
