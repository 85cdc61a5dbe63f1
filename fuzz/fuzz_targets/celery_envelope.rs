//! Task messages: what is read can be sent on, and is read again as the same.
#![no_main]

use libfuzzer_sys::fuzz_target;
use nuages_wire::celery::{Call, Sender, TaskMessage};
use nuages_wire::pickle::{Limits, Value};

fuzz_target!(|data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let Ok(message) = TaskMessage::parse(text, Limits::default()) else { return };
    let _ = (message.retries(), message.expires());
    let mut call = Call::new(message.task().unwrap_or("task"), message.id().unwrap_or("id"));
    (call.args, call.eta) = (message.args.clone(), message.eta());
    if let Value::Dict(kwargs) = &message.kwargs {
        let named = |(key, value): &(Value, Value)| Some((key.as_str()?.to_owned(), value.clone()));
        call.kwargs = kwargs.iter().filter_map(named).collect();
    }
    let sender = Sender { origin: "gen1@host", reply_to: "reply", delivery_tag: "tag" };
    let Ok(envelope) = call.envelope(&sender, jiff::Timestamp::UNIX_EPOCH) else { return };
    let again = TaskMessage::parse(&envelope, Limits::default()).expect("our own message");
    assert_eq!(format!("{:?}", again.args), format!("{:?}", message.args));
    assert_eq!(again.id(), Some(call.id.as_str()));
});
