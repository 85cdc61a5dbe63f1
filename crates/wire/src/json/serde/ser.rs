//! Any type to [`Value`].

use serde::ser::{
    Error as _, Serialize, SerializeMap, SerializeSeq, SerializeStruct, SerializeStructVariant,
    SerializeTuple, SerializeTupleStruct, SerializeTupleVariant,
};

use super::super::{Number, Object, Text, Value};
use super::SerdeError;

pub(super) struct Serializer;

/// A list, or under the name of an enum's variant a list in an object.
pub(super) struct List {
    variant: Option<&'static str>,
    items: Vec<Value>,
}

/// An object, or under the name of an enum's variant an object in an object.
pub(super) struct Entries {
    variant: Option<&'static str>,
    entries: Object,
    key: Option<Text>,
}

fn in_variant(variant: Option<&'static str>, value: Value) -> Value {
    match variant {
        Some(name) => Value::Object(Object::from_iter([(name, value)])),
        None => value,
    }
}

macro_rules! into_value {
    ($($method:ident $type:ty),+) => {$(
        fn $method(self, value: $type) -> Result<Value, SerdeError> {
            Ok(Value::from(value))
        }
    )+};
}

impl serde::Serializer for Serializer {
    type Ok = Value;
    type Error = SerdeError;
    type SerializeSeq = List;
    type SerializeTuple = List;
    type SerializeTupleStruct = List;
    type SerializeTupleVariant = List;
    type SerializeMap = Entries;
    type SerializeStruct = Entries;
    type SerializeStructVariant = Entries;

    into_value!(
        serialize_bool bool, serialize_str &str, serialize_f64 f64,
        serialize_i8 i8, serialize_i16 i16, serialize_i32 i32, serialize_i64 i64, serialize_i128 i128,
        serialize_u8 u8, serialize_u16 u16, serialize_u32 u32, serialize_u64 u64, serialize_u128 u128
    );

    fn serialize_f32(self, value: f32) -> Result<Value, SerdeError> {
        Ok(Value::from(f64::from(value)))
    }

    fn serialize_char(self, value: char) -> Result<Value, SerdeError> {
        Ok(Value::from(value.to_string()))
    }

    fn serialize_bytes(self, bytes: &[u8]) -> Result<Value, SerdeError> {
        Ok(Value::Array(bytes.iter().map(|&byte| Value::from(byte)).collect()))
    }

    fn serialize_none(self) -> Result<Value, SerdeError> {
        Ok(Value::Null)
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<Value, SerdeError> {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<Value, SerdeError> {
        Ok(Value::Null)
    }

    fn serialize_unit_struct(self, _name: &'static str) -> Result<Value, SerdeError> {
        Ok(Value::Null)
    }

    fn serialize_unit_variant(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
    ) -> Result<Value, SerdeError> {
        Ok(Value::from(variant))
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _name: &'static str,
        value: &T,
    ) -> Result<Value, SerdeError> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<Value, SerdeError> {
        Ok(in_variant(Some(variant), value.serialize(self)?))
    }

    // A length is only a hint, and may be wrong: no room is made for it.
    fn serialize_seq(self, _len: Option<usize>) -> Result<List, SerdeError> {
        Ok(List { variant: None, items: Vec::new() })
    }

    fn serialize_tuple(self, len: usize) -> Result<List, SerdeError> {
        self.serialize_seq(Some(len))
    }

    fn serialize_tuple_struct(self, _name: &'static str, len: usize) -> Result<List, SerdeError> {
        self.serialize_seq(Some(len))
    }

    fn serialize_tuple_variant(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
        _len: usize,
    ) -> Result<List, SerdeError> {
        Ok(List { variant: Some(variant), items: Vec::new() })
    }

    fn serialize_map(self, _len: Option<usize>) -> Result<Entries, SerdeError> {
        Ok(Entries { variant: None, entries: Object::new(), key: None })
    }

    fn serialize_struct(self, _name: &'static str, len: usize) -> Result<Entries, SerdeError> {
        self.serialize_map(Some(len))
    }

    fn serialize_struct_variant(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
        _len: usize,
    ) -> Result<Entries, SerdeError> {
        Ok(Entries { variant: Some(variant), entries: Object::new(), key: None })
    }
}

impl List {
    fn push<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), SerdeError> {
        self.items.push(value.serialize(Serializer)?);
        Ok(())
    }

    fn finish(self) -> Result<Value, SerdeError> {
        Ok(in_variant(self.variant, Value::Array(self.items)))
    }
}

impl Entries {
    fn push<T: Serialize + ?Sized>(&mut self, key: Text, value: &T) -> Result<(), SerdeError> {
        self.entries.insert(key, value.serialize(Serializer)?);
        Ok(())
    }

    fn finish(self) -> Result<Value, SerdeError> {
        Ok(in_variant(self.variant, Value::Object(self.entries)))
    }
}

macro_rules! list {
    ($($trait:ident $method:ident),+) => {$(
        impl $trait for List {
            type Ok = Value;
            type Error = SerdeError;

            fn $method<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), SerdeError> {
                self.push(value)
            }

            fn end(self) -> Result<Value, SerdeError> {
                self.finish()
            }
        }
    )+};
}
list!(
    SerializeSeq serialize_element, SerializeTuple serialize_element,
    SerializeTupleStruct serialize_field, SerializeTupleVariant serialize_field
);

macro_rules! entries {
    ($($trait:ident),+) => {$(
        impl $trait for Entries {
            type Ok = Value;
            type Error = SerdeError;

            fn serialize_field<T: Serialize + ?Sized>(
                &mut self,
                key: &'static str,
                value: &T,
            ) -> Result<(), SerdeError> {
                self.push(Text::from(key), value)
            }

            fn end(self) -> Result<Value, SerdeError> {
                self.finish()
            }
        }
    )+};
}
entries!(SerializeStruct, SerializeStructVariant);

impl SerializeMap for Entries {
    type Ok = Value;
    type Error = SerdeError;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), SerdeError> {
        self.key = Some(match key.serialize(Serializer)? {
            Value::String(text) => text,
            scalar @ (Value::Null | Value::Bool(_) | Value::Number(_)) => Text::from(scalar.to_string()),
            _ => return Err(SerdeError::custom("a key of a JSON object must be text")),
        });
        Ok(())
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), SerdeError> {
        let key = self.key.take().ok_or_else(|| SerdeError::custom("a value without a key"))?;
        self.push(key, value)
    }

    fn end(self) -> Result<Value, SerdeError> {
        self.finish()
    }
}

impl Serialize for Value {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null => serializer.serialize_unit(),
            Self::Bool(value) => serializer.serialize_bool(*value),
            Self::Number(number) => number.serialize(serializer),
            Self::String(text) => text.serialize(serializer),
            Self::Array(items) => serializer.collect_seq(items),
            Self::Object(object) => object.serialize(serializer),
        }
    }
}

/// An integer beyond `i128` is an error.
impl Serialize for Number {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match (self.as_i64(), self.as_i128()) {
            (Some(int), _) => serializer.serialize_i64(int),
            (None, Some(int)) => match u64::try_from(int) {
                Ok(int) => serializer.serialize_u64(int),
                Err(_) => serializer.serialize_i128(int),
            },
            (None, None) if self.is_float() => serializer.serialize_f64(self.as_f64()),
            (None, None) => Err(S::Error::custom("an integer beyond 128 bits")),
        }
    }
}

/// Text with a lone surrogate is an error.
impl Serialize for Text {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let text = self.as_str().ok_or_else(|| S::Error::custom("text with a lone surrogate"))?;
        serializer.serialize_str(text)
    }
}

impl Serialize for Object {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.iter())
    }
}
