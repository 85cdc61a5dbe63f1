//! Foreign keys as typed paths: what Django spells with two underscores.
//!
//! A field `user_id` with `#[field(references = User, …)]` gives the model a relation of the same name without `_id`.
//! Parentheses cross to the other model, its columns are fields:
//!
//! | Django | here |
//! |---|---|
//! | `Order.objects.filter(user__username="ada")` | `Order::objects(&db).filter(Order::user().username.eq("ada"))` |
//! | `filter(order__user__email__icontains="@x")` | `filter(Line::order().user().email.icontains("@x"))` |
//! | `User.objects.filter(order__total__gt=9)` | `User::objects(&db).filter(Order::user().reverse().total.gt(9))` |
//! | `related_name="orders"`, `orders__total` | `#[model(related(orders = Order::user))]` on `User`, `User::orders().total` |
//! | `filter(user=ada)`, `filter(coupon__isnull=True)` | `filter(Order::user().eq(&ada))`, `filter(Order::coupon().is_null())` |
//! | `select_related("user")` and `order.user` | `select_related(Order::user())`, rows `(Order, User)` |
//! | `prefetch_related("orders")` and `user.orders.all()` | `prefetch_related(User::orders())`, rows `(User, Vec<Order>)` |
//!
//! A column behind a relation that may lead nowhere is an `Option`: `Order::coupon().code` of a nullable key, and
//! whatever lies behind a reverse relation, has the type `Column<Order, Option<String>>`. As under Django, the
//! conditions of one `filter` on a multi-valued relation speak of the same row of it, those of two calls need not.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::marker::PhantomData;
use std::ops::Deref;

use super::expression::Node;
use super::lookups::Lookup;
use super::q::Condition;
use super::subquery::AmongRows;
use super::{Column, Expression, FieldType, Model, Q};
use crate::db::Value;
use crate::schema::{Field, Table};

/// The most keys that a path crosses; a many-to-many relation crosses two.
pub(super) const MAX_HOPS: usize = 6;

/// A foreign key of a model; `derive(Model)` makes these.
#[derive(Debug)]
pub struct ForeignKey {
    /// `user`, for the column `user_id`.
    pub name: &'static str,
    /// The column.
    pub field: &'static Field,
    /// The table of the column.
    pub table: fn() -> &'static Table,
    /// The table that it refers to.
    pub target: fn() -> &'static Table,
}

/// A foreign key and the direction in which it is crossed.
#[derive(Debug, Clone, Copy)]
pub enum Hop {
    /// From the row with the key to the one that it refers to.
    Forward(&'static ForeignKey),
    /// From a row to those that refer to it.
    Reverse(&'static ForeignKey),
}

/// The keys between a model and a column of another one.
#[derive(Debug, Clone, Copy, Default)]
pub struct Path {
    keys: [Option<&'static ForeignKey>; MAX_HOPS],
    /// A bit for each key that is crossed backwards.
    reverse: u8,
    length: u8,
}

/// The model `M` as it is reached from the rows of `R`: `Order::user()` is a `Relation<Order, User>`.
///
/// The columns of `M` are its fields, the relations of `M` its methods.
pub struct Relation<R, M: Model, N: Cardinality = One> {
    pub(super) path: Path,
    columns: M::Columns<R, N>,
}

/// How many rows a relation leads to: [`One`], [`ZeroOrOne`] or [`Many`].
pub trait Cardinality: Send + Sync + Sized + 'static {
    /// The type of a column behind it.
    type Of<T: FieldType>: FieldType;
    /// The same behind a relation that may lead nowhere.
    type OrNone: Cardinality;
    /// A relation behind this one.
    type Then<N: Cardinality>: Cardinality;
}

/// A key that is always set.
#[derive(Debug, Clone, Copy)]
pub struct One;

/// A key that may be NULL, or the reverse of a unique one.
#[derive(Debug, Clone, Copy)]
pub struct ZeroOrOne;

/// The reverse of a key, or many-to-many.
#[derive(Debug, Clone, Copy)]
pub struct Many;

impl Cardinality for One {
    type Of<T: FieldType> = T;
    type OrNone = ZeroOrOne;
    type Then<N: Cardinality> = N;
}

impl Cardinality for ZeroOrOne {
    type Of<T: FieldType> = Option<T>;
    type OrNone = Self;
    type Then<N: Cardinality> = N::OrNone;
}

impl Cardinality for Many {
    type Of<T: FieldType> = Option<T>;
    type OrNone = Self;
    type Then<N: Cardinality> = Self;
}

impl<R: Model, M: Model, N: Cardinality> Relation<R, M, N> {
    /// The relation at the end of `path`; what `derive(Model)` calls.
    pub fn at(path: Path) -> Self {
        Self { path, columns: M::columns(path) }
    }

    /// The keys that it crosses.
    pub const fn path(&self) -> Path {
        self.path
    }

    /// The table between the two models of a many-to-many relation, which a migration creates.
    pub fn through(&self) -> Option<&'static Table> {
        let mut hops = self.path.hops();
        match (hops.next(), hops.next(), hops.next()) {
            (Some(first), Some(_), None) => Some(first.table()),
            _ => None,
        }
    }

    /// The way back: from the rows of `M` to those of `R`.
    pub fn reverse(&self) -> Relation<M, R, Many> {
        Relation::at(self.path.reversed())
    }

    /// The way back over a unique key, which leads to one row or none (the reverse of a `OneToOneField`).
    pub fn reverse_one(&self) -> Relation<M, R, ZeroOrOne> {
        Relation::at(self.path.reversed())
    }

    /// The rows that are related to this one (`filter(user=ada)`).
    pub fn eq(&self, row: &M) -> Q<R> {
        self.compare(Lookup::Compare("=", Node::Value(row.primary_key())))
    }

    /// The rows that are related to one of these, or to one of a queryset.
    pub fn in_(&self, rows: impl AmongRows<R, M>) -> Q<R> {
        self.compare(rows.among_rows().0)
    }

    /// The rows without a related one (`user__isnull=True`).
    pub fn is_null(&self) -> Q<R> {
        self.compare(Lookup::IsNull(true))
    }

    /// The rows with a related one (`user__isnull=False`).
    pub fn is_not_null(&self) -> Q<R> {
        self.compare(Lookup::IsNull(false))
    }

    /// A condition of the related model: `CartLine::sku().matches(Sku::on_sale())`.
    pub fn matches(&self, q: Q<M>) -> Q<R> {
        Q::new(q.condition.behind(self.path))
    }

    /// The related rows, counted (`Count("lines")`).
    pub fn count(&self) -> Expression<R, i64> {
        Column::<R, i64>::at(self.path, key_of(M::table())).count()
    }

    /// The related rows, each counted once (`Count("lines", distinct=True)`).
    pub fn count_distinct(&self) -> Expression<R, i64> {
        Column::<R, i64>::at(self.path, key_of(M::table())).count_distinct()
    }

    fn compare(&self, lookup: Lookup) -> Q<R> {
        Q::new(Condition::Lookup(Node::Column(self.path, key_of(M::table())), lookup))
    }
}

/// The primary key of a model's table; the derive refuses a model without one.
pub(super) fn key_of(table: &'static Table) -> &'static Field {
    table.primary_key().unwrap_or(&table.fields[0])
}

impl Hop {
    /// The table that it leads to.
    pub(super) fn table(self) -> &'static Table {
        match self {
            Self::Forward(key) => (key.target)(),
            Self::Reverse(key) => (key.table)(),
        }
    }

    /// The columns that are equal: of the table that it comes from, and of the one that it leads to.
    pub(super) fn columns(self) -> (&'static str, &'static str) {
        match self {
            Self::Forward(key) => (key.field.name, key.to()),
            Self::Reverse(key) => (key.to(), key.field.name),
        }
    }

    pub(super) const fn is_many(self) -> bool {
        matches!(self, Self::Reverse(key) if !key.field.unique && !key.field.primary_key)
    }

    /// Whether it may lead nowhere.
    pub(super) const fn is_optional(self) -> bool {
        match self {
            Self::Forward(key) => key.field.null,
            Self::Reverse(_) => true,
        }
    }

    pub(super) fn is(self, other: Self) -> bool {
        match (self, other) {
            (Self::Forward(one), Self::Forward(other)) | (Self::Reverse(one), Self::Reverse(other)) => {
                std::ptr::eq(one, other)
            }
            _ => false,
        }
    }

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Forward(key) | Self::Reverse(key) => key.name,
        }
    }

    const fn reversed(self) -> Self {
        match self {
            Self::Forward(key) => Self::Reverse(key),
            Self::Reverse(key) => Self::Forward(key),
        }
    }
}

impl ForeignKey {
    fn to(&self) -> &'static str {
        self.field.references.map_or("id", |reference| reference.column)
    }
}

impl Path {
    /// No key is crossed.
    pub const HERE: Self = Self { keys: [None; MAX_HOPS], reverse: 0, length: 0 };

    /// One key further.
    #[must_use]
    pub const fn then(mut self, hop: Hop) -> Self {
        if (self.length as usize) < MAX_HOPS {
            self.keys[self.length as usize] = Some(match hop {
                Hop::Forward(key) => key,
                Hop::Reverse(key) => {
                    self.reverse |= 1 << self.length;
                    key
                }
            });
        }
        self.length = self.length.saturating_add(1);
        self
    }

    pub(super) fn hops(&self) -> impl DoubleEndedIterator<Item = Hop> + '_ {
        self.keys.iter().enumerate().filter_map(|(place, key)| {
            let key = (*key)?;
            Some(if self.reverse & (1 << place) == 0 { Hop::Forward(key) } else { Hop::Reverse(key) })
        })
    }

    /// This path and then the other one.
    #[must_use]
    pub fn join(self, other: Self) -> Self {
        let mut joined = other.hops().fold(self, Self::then);
        joined.length = self.length.saturating_add(other.length);
        joined
    }

    fn reversed(self) -> Self {
        let mut reversed = self.hops().rev().fold(Self::HERE, |path, hop| path.then(hop.reversed()));
        reversed.length = self.length;
        reversed
    }

    pub(super) const fn is_too_long(&self) -> bool {
        self.length as usize > MAX_HOPS
    }

    /// Without its last key.
    pub(super) fn split_last(mut self) -> Option<(Self, Hop)> {
        if self.is_too_long() {
            return None;
        }
        let hop = self.hops().last()?;
        self.length -= 1;
        self.reverse &= !(1 << self.length);
        self.keys[usize::from(self.length)] = None;
        Some((self, hop))
    }
}

impl PartialEq for Path {
    fn eq(&self, other: &Self) -> bool {
        self.length == other.length && self.hops().zip(other.hops()).all(|(one, other)| one.is(other))
    }
}

impl Hash for Path {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.length.hash(state);
        self.hops().for_each(|hop| match hop {
            Hop::Forward(key) => (true, std::ptr::from_ref(key)).hash(state),
            Hop::Reverse(key) => (false, std::ptr::from_ref(key)).hash(state),
        });
    }
}

impl<R, M: Model, N: Cardinality> Deref for Relation<R, M, N> {
    type Target = M::Columns<R, N>;

    fn deref(&self) -> &Self::Target {
        &self.columns
    }
}

impl<R, M: Model, N: Cardinality> fmt::Debug for Relation<R, M, N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Relation").field(&self.path).finish()
    }
}

/// What keeps a relation's types without holding values of them.
pub type Marker<R, N> = PhantomData<fn() -> (R, N)>;

/// A primary key's value as a key of a map.
pub(super) fn map_key(value: &Value) -> String {
    match value {
        Value::Text(text) => text.clone(),
        Value::Uuid(uuid) => uuid.simple().to_string(),
        other => format!("{other:?}"),
    }
}
