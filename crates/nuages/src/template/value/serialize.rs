//! Values from anything that serde can serialise: structs become dictionaries, unit variants their names.
//!
//! Decimals, datetimes and UUIDs serialise as text, so give those to the context directly, or in a list or [`Dict`].

use std::fmt;
use std::sync::Arc;

use num_bigint::BigInt;
use serde::ser::{self, Serialize};

use super::{Dict, Value};
use crate::template::error::TemplateError;

impl Value {
    /// The value that `data` serialises to.
    ///
    /// # Errors
    /// What the type's own `Serialize` refuses.
    pub fn from_serialize(data: &impl Serialize) -> Result<Self, TemplateError> {
        data.serialize(Serializer).map_err(|Refused(reason)| TemplateError::value(reason))
    }
}

#[derive(Debug)]
struct Refused(String);

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Refused {}

impl ser::Error for Refused {
    fn custom<T: fmt::Display>(reason: T) -> Self {
        Self(reason.to_string())
    }
}

struct Serializer;

/// Collects the items of a list, under the name of an enum's variant if there is one.
struct Items {
    variant: Option<&'static str>,
    items: Vec<Value>,
}

/// Collects the entries of a dictionary.
struct Entries {
    variant: Option<&'static str>,
    dict: Dict,
    key: Value,
}

fn tagged(variant: Option<&'static str>, value: Value) -> Value {
    match variant {
        Some(variant) => [(variant, value)].into_iter().collect::<Dict>().into(),
        None => value,
    }
}

impl Items {
    fn push(&mut self, value: &(impl Serialize + ?Sized)) -> Result<(), Refused> {
        self.items.push(value.serialize(Serializer)?);
        Ok(())
    }

    fn finish(self) -> Value {
        tagged(self.variant, Value::List(Arc::new(self.items)))
    }
}

macro_rules! plain {
    ($($method:ident($type:ty);)*) => {
        $(fn $method(self, value: $type) -> Result<Value, Refused> {
            Ok(value.into())
        })*
    };
}

impl ser::Serializer for Serializer {
    type Ok = Value;
    type Error = Refused;
    type SerializeSeq = Items;
    type SerializeTuple = Items;
    type SerializeTupleStruct = Items;
    type SerializeTupleVariant = Items;
    type SerializeMap = Entries;
    type SerializeStruct = Entries;
    type SerializeStructVariant = Entries;

    plain! {
        serialize_bool(bool);
        serialize_i8(i8);
        serialize_i16(i16);
        serialize_i32(i32);
        serialize_i64(i64);
        serialize_u8(u8);
        serialize_u16(u16);
        serialize_u32(u32);
        serialize_f32(f32);
        serialize_f64(f64);
        serialize_char(char);
        serialize_str(&str);
    }

    fn serialize_u64(self, value: u64) -> Result<Value, Refused> {
        Ok(BigInt::from(value).into())
    }

    fn serialize_bytes(self, value: &[u8]) -> Result<Value, Refused> {
        Ok(value.into())
    }

    fn serialize_none(self) -> Result<Value, Refused> {
        Ok(Value::None)
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<Value, Refused> {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<Value, Refused> {
        Ok(Value::None)
    }

    fn serialize_unit_struct(self, _: &'static str) -> Result<Value, Refused> {
        Ok(Value::None)
    }

    fn serialize_unit_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
    ) -> Result<Value, Refused> {
        Ok(variant.into())
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        value: &T,
    ) -> Result<Value, Refused> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<Value, Refused> {
        Ok(tagged(Some(variant), value.serialize(self)?))
    }

    fn serialize_seq(self, length: Option<usize>) -> Result<Items, Refused> {
        Ok(Items { variant: None, items: Vec::with_capacity(length.unwrap_or(0).min(1024)) })
    }

    fn serialize_tuple(self, length: usize) -> Result<Items, Refused> {
        self.serialize_seq(Some(length))
    }

    fn serialize_tuple_struct(self, _: &'static str, length: usize) -> Result<Items, Refused> {
        self.serialize_seq(Some(length))
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Items, Refused> {
        Ok(Items { variant: Some(variant), items: Vec::new() })
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Entries, Refused> {
        Ok(Entries { variant: None, dict: Dict::new(), key: Value::None })
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Entries, Refused> {
        self.serialize_map(None)
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Entries, Refused> {
        Ok(Entries { variant: Some(variant), dict: Dict::new(), key: Value::None })
    }
}

macro_rules! collects_items {
    ($($trait:ident::$method:ident;)*) => {
        $(impl ser::$trait for Items {
            type Ok = Value;
            type Error = Refused;

            fn $method<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Refused> {
                self.push(value)
            }

            fn end(self) -> Result<Value, Refused> {
                Ok(self.finish())
            }
        })*
    };
}

collects_items! {
    SerializeSeq::serialize_element;
    SerializeTuple::serialize_element;
    SerializeTupleStruct::serialize_field;
    SerializeTupleVariant::serialize_field;
}

impl ser::SerializeMap for Entries {
    type Ok = Value;
    type Error = Refused;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), Refused> {
        self.key = key.serialize(Serializer)?;
        Ok(())
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Refused> {
        self.dict.insert(std::mem::take(&mut self.key), value.serialize(Serializer)?);
        Ok(())
    }

    fn end(self) -> Result<Value, Refused> {
        Ok(tagged(self.variant, self.dict.into()))
    }
}

macro_rules! collects_fields {
    ($($trait:ident;)*) => {
        $(impl ser::$trait for Entries {
            type Ok = Value;
            type Error = Refused;

            fn serialize_field<T: Serialize + ?Sized>(&mut self, name: &'static str, value: &T) -> Result<(), Refused> {
                self.dict.insert(name, value.serialize(Serializer)?);
                Ok(())
            }

            fn end(self) -> Result<Value, Refused> {
                Ok(tagged(self.variant, self.dict.into()))
            }
        })*
    };
}

collects_fields! {
    SerializeStruct;
    SerializeStructVariant;
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[derive(serde::Serialize)]
    struct Goods {
        name: &'static str,
        tags: Vec<&'static str>,
        sold: Option<u64>,
    }

    #[test]
    fn a_struct_becomes_a_dictionary() {
        let value = Value::from_serialize(&Goods { name: "tea", tags: vec!["hot"], sold: None }).unwrap();
        assert_eq!(value.to_text(), "{'name': 'tea', 'tags': ['hot'], 'sold': None}");
    }
}
