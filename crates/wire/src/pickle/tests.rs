use proptest::prelude::*;

use super::*;

fn read(bytes: &[u8]) -> Result<Value, PickleError> {
    loads(bytes, Limits::default())
}

// From pickle.dumps of Python 3.11.
#[test]
fn what_python_writes() {
    let moment = b"\x80\x04\x95*\x00\x00\x00\x00\x00\x00\x00\x8c\x08datetime\x94\x8c\x08datetime\x94\x93\x94C\n\x07\xea\x01\x02\x03\x04\x05\x00\x00\x06\x94\x85\x94R\x94.";
    assert!(
        matches!(read(moment), Ok(Value::DateTime(moment)) if moment.to_string() == "2026-01-02T03:04:05.000006")
    );
    let old = b"ccollections\nOrderedDict\np0\n(tRp1\nVz\np2\nI1\ns.";
    assert_eq!(read(old), Ok(Value::OrderedDict(vec![(Value::from("z"), Value::from(1))])));
    assert_eq!(
        read(b"(dp0\nS'a'\nL99999999999999999999L\ns.").map(|value| value.get("a").is_some()),
        Ok(true)
    );
}

#[test]
fn an_unknown_object_is_refused_or_kept() {
    let order = b"\x80\x02cshop.models\nOrder\nq\x00)\x81q\x01}q\x02X\x02\x00\x00\x00idK\x07sb.";
    assert_eq!(read(order), Err(PickleError::Forbidden { name: "shop.models.Order".into() }));
    let kept = loads_preserving(order, Limits::default()).unwrap_or_default();
    assert_eq!(kept.opaque_names(), ["shop.models.Order"]);
    assert_eq!(
        dumps(&kept, Protocol::V4),
        b"\x80\x04\x8c\x0bshop.models\x8c\x05Order\x93)\x81}(\x8c\x02idK\x07ub."
    );
}

#[test]
fn a_date_in_a_named_zone_is_kept_whole() {
    let zone = b"\x80\x04\x8c\x08datetime\x8c\x08datetime\x93C\n\x07\xea\x01\x02\x03\x04\x05\x00\x00\x06\
        \x8c\x08builtins\x8c\x07getattr\x93\x8c\x08zoneinfo\x8c\x08ZoneInfo\x93\x8c\t_unpickle\x86R\
        \x8c\rAsia/ShanghaiK\x01\x86R\x86R.";
    assert_eq!(read(zone), Err(PickleError::Forbidden { name: "builtins.getattr".into() }));
    let kept = loads_preserving(zone, Limits::default()).unwrap_or_default();
    assert_eq!(kept.opaque_names(), ["datetime.datetime"]);
    assert_eq!(dumps(&kept, Protocol::V4), zone);
}

#[test]
fn shared_parts_cannot_grow_a_value_without_bound() {
    // Each list holds the one before it twice.
    let mut bytes = b"\x80\x04]\x94".to_vec();
    for place in 0..60u8 {
        bytes.extend([b']', 0x94, b'(', b'h', place, b'h', place, b'e']);
    }
    bytes.push(b'.');
    assert_eq!(read(&bytes), Err(PickleError::TooBig));
    assert_eq!(read(b"\x80\x02]q\x00h\x00a."), Err(PickleError::TooDeep));
    let mut deep = vec![b']'; 5000];
    deep.extend(vec![b'a'; 4999]);
    deep.push(b'.');
    assert_eq!(read(&deep), Err(PickleError::TooDeep));
}

#[test]
fn equal_keys_are_one_as_in_python() {
    let entries = read(b"}(K\x01N\x88K\x02G?\xf0\x00\x00\x00\x00\x00\x00K\x03u.");
    assert_eq!(entries, Ok(Value::Dict(vec![(Value::Int(1), Value::Int(3))])));
    assert_eq!(read(b"}]K\x01s."), Err(PickleError::Broken));
}

#[test]
fn what_is_called_is_no_known_value() {
    // Found by the fuzzer: bytes in the place of a class were kept, and written as what no reader takes.
    let called = b"c_codecs\nencode\nX\x01\x00\x00\x00aX\x06\x00\x00\x00latin1\x86R)R.";
    assert_eq!(loads_preserving(called, Limits::default()), Err(PickleError::Broken));
}

fn any_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::None),
        any::<bool>().prop_map(Value::Bool),
        any::<i64>().prop_map(Value::Int),
        any::<i128>().prop_map(|number| Value::integer(number.into())),
        (-1e300..1e300f64).prop_map(Value::Float),
        ".{0,300}".prop_map(Value::from),
        ".*".prop_map(|text| Value::SafeString(text.into())),
        prop::collection::vec(any::<u8>(), 0..300).prop_map(Value::Bytes),
        prop::collection::vec(any::<u8>(), 0..9).prop_map(Value::ByteArray),
        any::<u128>().prop_map(Value::Uuid),
        (-80_000_000_000_000i64..80_000_000_000_000, 0..1_000_000i64).prop_map(|(seconds, micros)| {
            Value::TimeDelta(SignedDuration::from_secs(seconds) + SignedDuration::from_micros(micros))
        }),
    ];
    leaf.prop_recursive(4, 40, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::List),
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::Tuple),
            prop::collection::vec((".*", inner), 0..6).prop_map(|entries| {
                let mut dict: Vec<(Value, Value)> = Vec::new();
                for (key, value) in entries {
                    if dict.iter().all(|(known, _)| known.as_str() != Some(&key)) {
                        dict.push((key.into(), value));
                    }
                }
                Value::Dict(dict)
            }),
        ]
    })
}

proptest! {
    #[test]
    fn what_is_written_is_read(value in any_value()) {
        for protocol in [Protocol::V4, Protocol::V5] {
            let again = read(&dumps(&value, protocol));
            prop_assert_eq!(again.as_ref(), Ok(&value));
        }
    }

    #[test]
    fn no_bytes_panic(bytes in prop::collection::vec(prop_oneof![
        any::<u8>(), prop::sample::select(&b"(]})\x94KN\x85\x86aseuht0R\x81\x93\x8c.b"[..])], 0..120)) {
        let _ = read(&bytes);
        if let Ok(value) = loads_preserving(&bytes, Limits::default()) {
            let again = loads_preserving(&dumps(&value, Protocol::V4), Limits::default());
            prop_assert_eq!(format!("{again:?}"), format!("{:?}", Ok::<_, PickleError>(value)));
        }
    }
}
