//! `passwords.json`: encoded password hashes.

use nuages_wire::password::{Algorithm, EncodedPassword, Error, Hasher, Hashers};
use serde_json::Value;

use super::{BadCase, Case, Ran};

pub(super) fn run(case: &Case) -> Ran {
    match case.op {
        "encode" => {
            let encoded = hasher(case)?.encode(case.text("password")?, case.text("salt")?);
            case.check(encoded.map(|encoded| encoded.as_str().into()).map_err(category))
        }
        "verify" => {
            let verified = hashers(case, None)?.verify(case.text("password")?, &encoded(case)?);
            case.check(verified.map(|verified| verified.correct.into()).map_err(category))
        }
        "must_update" => {
            let answer = hashers(case, case.optional_text("preferred"))?.must_update(&encoded(case)?);
            case.check(answer.map(Value::from).map_err(category))
        }
        "identify" => {
            let hashers = hashers(case, None)?;
            let name = hashers.identify(&encoded(case)?).map(|hasher| hasher.algorithm().name());
            case.check(name.map(Value::from).ok_or("unknown_algorithm"))
        }
        "is_usable" => case.check(Ok(encoded(case)?.is_usable().into())),
        _ => case.unknown(),
    }
}

fn encoded(case: &Case) -> Result<EncodedPassword, BadCase> {
    case.text("encoded").map(EncodedPassword::from)
}

fn algorithm(name: &str) -> Result<Algorithm, BadCase> {
    Algorithm::from_name(name).ok_or_else(|| BadCase(format!("no algorithm {name}")))
}

/// The installed hashers, the preferred one first.
fn hashers(case: &Case, preferred: Option<&str>) -> Result<Hashers, BadCase> {
    let installed = case.setting("PASSWORD_HASHERS").and_then(Value::as_array);
    let names = preferred.into_iter().chain(installed.into_iter().flatten().filter_map(Value::as_str));
    Ok(Hashers::new(names.map(|name| algorithm(name).map(Hasher::new)).collect::<Result<_, _>>()?))
}

fn hasher(case: &Case) -> Result<Hasher, BadCase> {
    let cost = |name, default: u32| {
        case.integer(name).map_or(Ok(default), |cost| {
            u32::try_from(cost).map_err(|_| BadCase(format!("{name} out of range")))
        })
    };
    Ok(match Hasher::new(algorithm(case.text("algorithm")?)?) {
        Hasher::Pbkdf2Sha256 { iterations } => {
            Hasher::Pbkdf2Sha256 { iterations: cost("iterations", iterations)? }
        }
        Hasher::Pbkdf2Sha1 { iterations } => {
            Hasher::Pbkdf2Sha1 { iterations: cost("iterations", iterations)? }
        }
        Hasher::Argon2 { time_cost, memory_cost, parallelism } => Hasher::Argon2 {
            time_cost: cost("time_cost", time_cost)?,
            memory_cost: cost("memory_cost", memory_cost)?,
            parallelism: cost("parallelism", parallelism)?,
        },
        Hasher::Scrypt { work_factor, block_size, parallelism } => Hasher::Scrypt {
            work_factor: case.integer("n").map_or(work_factor, i64::unsigned_abs),
            block_size: cost("r", block_size)?,
            parallelism: cost("p", parallelism)?,
        },
        other => other,
    })
}

fn category(_: Error) -> &'static str {
    "malformed"
}
