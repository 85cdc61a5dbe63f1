//! A guest's cart: `{"7": 2}` under the session's key `cart`, and `{"k3v9…": {"7": 2}}` under `cart_merging` while it becomes
//! a user's.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use nuages::session::Session;
use nuages::{Error, Result};
use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::ser::{Serialize, Serializer};

use super::{Change, Refusal};
use crate::goods::models::Sku;

/// The session's key.
pub(super) const KEY: &str = "cart";

/// The session's key of the carts that are about to become a user's, by the id of their merge.
const MERGING: &str = "cart_merging";

type Merging = BTreeMap<String, GuestCart>;

/// More lines than this are not kept: a session is read and written as a whole.
const MOST_LINES: usize = 200;

/// SKU ids and counts in the order in which they came. What is no such thing in the session is read as an empty cart,
/// and a line that is none is passed over: a cart that somebody bent must not lock its owner out of the shop.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct GuestCart(Vec<(i64, i64)>);

impl GuestCart {
    pub(super) fn counts(self) -> Vec<(i64, i64)> {
        self.0
    }

    fn pieces(&self) -> i64 {
        self.0.iter().map(|(_, count)| count).sum()
    }

    fn apply(&mut self, sku_id: i64, change: Change, limit: i64) -> Result<()> {
        let at = self.0.iter().position(|&(id, _)| id == sku_id);
        let held = at.map_or(0, |at| self.0[at].1);
        let wanted = match change {
            Change::Add(count) => held.saturating_add(count),
            Change::Set(count) => count,
        };
        if wanted > limit || (at.is_none() && self.0.len() >= MOST_LINES) {
            return Err(Error::conflict("the line cannot hold so many"));
        }
        match at {
            Some(at) => self.0[at].1 = wanted,
            None => self.0.push((sku_id, wanted)),
        }
        Ok(())
    }
}

/// Changes a line and saves; the pieces of the saved cart. The change is done again on what another tab saved meanwhile.
pub(super) async fn change(session: &Session, sku: &Sku, change: Change) -> Result<i64, Refusal> {
    let (sku_id, limit) = (sku.id, sku.limit());
    let refused = |error: Error| match error.kind() {
        nuages::error::ErrorKind::Conflict => Refusal::beyond(sku),
        _ => Refusal::Error(error),
    };
    session
        .try_update(KEY, move |cart: &mut GuestCart| cart.apply(sku_id, change, limit))
        .await
        .map_err(refused)?;
    saved(session).await.map_err(refused)
}

/// Takes a line out and saves; the pieces of the saved cart.
pub(super) async fn remove(session: &Session, sku_id: i64) -> Result<i64> {
    session.update(KEY, move |cart: &mut GuestCart| cart.0.retain(|&(id, _)| id != sku_id)).await?;
    saved(session).await
}

/// Whether there are lines that have not become a user's yet.
pub(super) async fn waits(session: &Session) -> Result<bool> {
    Ok(session.contains_key(KEY).await?
        || session.get::<Merging>(MERGING).await?.is_some_and(|merging| !merging.is_empty()))
}

/// Puts all lines aside under this id and saves; what is aside now, with what was put there before. Of requests that do so
/// at once, one puts them there, and all find them.
pub(super) async fn set_aside(session: &Session, id: String) -> Result<Vec<(String, Vec<(i64, i64)>)>> {
    if session.contains_key(KEY).await? {
        let taken = Arc::new(Mutex::new(GuestCart::default()));
        let seen = Arc::clone(&taken);
        // Both run again, in this order, on what another request saved meanwhile.
        session.update(KEY, move |cart: &mut GuestCart| *lock(&seen) = std::mem::take(cart)).await?;
        session.remove(KEY).await?;
        let put = move |merging: &mut Merging| {
            let cart = lock(&taken).clone();
            if !cart.0.is_empty() {
                merging.insert(id.clone(), cart);
            }
        };
        session.update(MERGING, put).await?;
    }
    let aside: Merging = session.commit().await?.get(MERGING)?.unwrap_or_default();
    Ok(aside.into_iter().map(|(id, cart)| (id, cart.counts())).collect())
}

/// Forgets what was aside under these ids and has become a user's, and saves.
pub(super) async fn forget(session: &Session, ids: Vec<String>) -> Result<()> {
    let forget = move |merging: &mut Merging| merging.retain(|id, _| !ids.contains(id));
    session.update(MERGING, forget).await?;
    session.commit().await.map(drop)
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn saved(session: &Session) -> Result<i64> {
    let saved = session.commit().await?;
    Ok(saved.get::<GuestCart>(KEY)?.unwrap_or_default().pieces())
}

impl Serialize for GuestCart {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(sku_id, count)| (sku_id.to_string(), count)))
    }
}

impl<'de> Deserialize<'de> for GuestCart {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Lenient)
    }
}

/// One value of the map that may be anything.
struct Count(Option<i64>);

impl<'de> Deserialize<'de> for Count {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(LenientCount).map(Self)
    }
}

struct Lenient;

/// The kinds of values that are no cart, or no count, and are read as none.
macro_rules! nothing_from {
    ($value:ty, $($visit:ident($kind:ty))*) => {
        $(fn $visit<E>(self, _: $kind) -> Result<$value, E> { Ok(<$value>::default()) })*
        fn visit_unit<E>(self) -> Result<$value, E> { Ok(<$value>::default()) }
        fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<$value, A::Error> {
            while items.next_element::<IgnoredAny>()?.is_some() {}
            Ok(<$value>::default())
        }
    };
}

impl<'de> Visitor<'de> for Lenient {
    type Value = GuestCart;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a cart")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<GuestCart, A::Error> {
        let mut cart = GuestCart::default();
        while let Some((key, Count(count))) = map.next_entry::<String, Count>()? {
            let (Ok(sku_id), Some(count)) = (key.parse(), count) else { continue };
            let limit = Sku::MOST_IN_A_LINE;
            if (1..=limit).contains(&count) {
                // A cart that is full takes no more; the rest is passed over as any other line that is none.
                let _ = cart.apply(sku_id, Change::Set(count), limit);
            }
        }
        Ok(cart)
    }

    nothing_from!(GuestCart, visit_bool(bool) visit_i64(i64) visit_u64(u64) visit_f64(f64) visit_str(&str));
}

struct LenientCount;

impl<'de> Visitor<'de> for LenientCount {
    type Value = Option<i64>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a count")
    }

    fn visit_i64<E>(self, count: i64) -> Result<Option<i64>, E> {
        Ok(Some(count))
    }

    fn visit_u64<E>(self, count: u64) -> Result<Option<i64>, E> {
        Ok(i64::try_from(count).ok())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Option<i64>, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(None)
    }

    nothing_from!(Option<i64>, visit_bool(bool) visit_f64(f64) visit_str(&str));
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn read(json: &str) -> Vec<(i64, i64)> {
        serde_json::from_str::<GuestCart>(json).unwrap().counts()
    }

    #[test]
    fn it_is_a_map_from_sku_to_count() {
        assert_eq!(read(r#"{"7": 2, "3": 1}"#), [(7, 2), (3, 1)]);
        let cart = GuestCart(vec![(7, 2), (3, 1)]);
        assert_eq!(serde_json::to_string(&cart).unwrap(), r#"{"7":2,"3":1}"#);
    }

    #[test]
    fn what_is_no_cart_is_an_empty_one() {
        for bent in ["null", "[1, [2]]", "\"x\"", "7", "1.5", "true", "{}"] {
            assert_eq!(read(bent), [], "{bent}");
        }
        let bent = r#"{"x": 1, "1": -1, "2": 0, "3": 1000, "4": "5", "5": {"a": []}, "6": [1], "7": 1.5, "8": null, "9": 9}"#;
        assert_eq!(read(bent), [(9, 9)]);
    }

    #[test]
    fn a_line_keeps_its_bounds() {
        let mut cart = GuestCart(vec![(7, 2)]);
        cart.apply(7, Change::Add(3), 5).unwrap();
        assert!(cart.apply(7, Change::Add(1), 5).is_err());
        cart.apply(7, Change::Set(1), 5).unwrap();
        assert!(cart.apply(7, Change::Add(i64::MAX), i64::MAX - 1).is_err());
        assert_eq!(cart.pieces(), 1);
    }
}
