//! `pickles.json`: pickles of every protocol, good and evil.

use nuages_wire::pickle::{Limits, Protocol, Value, dumps, loads};

use super::python_values::{to_tagged, to_value};
use super::{BadCase, Case, Ran, Tagged};

pub(super) fn run(case: &Case) -> Ran {
    match case.op {
        "loads" => match loads(&case.bytes("pickle_b64")?, Limits::default()) {
            Ok(value) => case.check_tagged(Ok(to_tagged(&value)?)),
            Err(_) => case.check_tagged(Err("refused")),
        },
        "dumps" => {
            let tagged = case.tagged("value")?.unwrap_or(Tagged::None);
            let protocol = match case.integer("protocol") {
                Some(5) => Protocol::V5,
                _ => Protocol::V4,
            };
            let bytes = dumps(&to_value(&tagged)?, protocol);
            same_value(case, &tagged, &read(&bytes)?)
        }
        _ => case.unknown(),
    }
}

fn read(bytes: &[u8]) -> Result<Value, BadCase> {
    loads(bytes, Limits::default()).map_err(|error| BadCase(format!("what we wrote: {error}")))
}

/// Passes when what was written decodes to the input.
pub(super) fn same_value(case: &Case, tagged: &Tagged, value: &Value) -> Ran {
    let back = to_tagged(value)?;
    Ok(case.judge(tagged.same(&back), || format!("{back:?} for {tagged:?}")))
}
