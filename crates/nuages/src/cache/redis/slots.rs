//! Where answers are left for those who wait for them.
//!
//! A caller opens a slot with its waker and comes back to it with the number: a place in a `Vec` that is used again and again,
//! where a channel for each command would be an allocation. The slots are under their node's lock. Nothing here wakes or drops
//! a waker, which may run anybody's code: it is handed back, for that to happen outside the lock.

use std::mem::replace;
use std::task::Waker;

/// Slots for answers of one kind.
#[derive(Debug)]
pub(super) struct Slots<T> {
    slots: Vec<Slot<T>>,
    /// The first free one; each names the next.
    free: Option<usize>,
}

#[derive(Debug)]
pub(super) enum Slot<T> {
    Free {
        next: Option<usize>,
    },
    Waiting(Waker),
    Answered(T),
    /// The answer is still to come, and nobody is there to take it: until then the slot is not another's.
    Abandoned,
}

impl<T> Default for Slots<T> {
    fn default() -> Self {
        Self { slots: Vec::new(), free: None }
    }
}

impl<T> Slots<T> {
    /// The number of a slot whose answer wakes this waker, or is dropped where there is none.
    pub(super) fn open(&mut self, waker: Option<Waker>) -> usize {
        let slot = waker.map_or(Slot::Abandoned, Slot::Waiting);
        match self.free {
            Some(number) => {
                if let Slot::Free { next } = replace(&mut self.slots[number], slot) {
                    self.free = next;
                }
                number
            }
            None => {
                self.slots.push(slot);
                self.slots.len() - 1
            }
        }
    }

    /// Leaves the answer, and says who is to be woken for it.
    #[must_use]
    pub(super) fn answer(&mut self, number: usize, answer: T) -> Option<Waker> {
        match replace(&mut self.slots[number], Slot::Answered(answer)) {
            Slot::Waiting(waker) => Some(waker),
            _ => {
                self.free(number);
                None
            }
        }
    }

    /// The answer, if it is there. With that the slot is free.
    pub(super) fn take(&mut self, number: usize) -> Option<T> {
        if !matches!(self.slots[number], Slot::Answered(_)) {
            return None;
        }
        if let Slot::Answered(answer) = self.free(number) { Some(answer) } else { None }
    }

    /// Has the answer wake this waker from now on; gives the one before back, if it was another.
    pub(super) fn attend(&mut self, number: usize, waker: &Waker) -> Option<Waker> {
        match &mut self.slots[number] {
            Slot::Waiting(known) if !known.will_wake(waker) => Some(replace(known, waker.clone())),
            _ => None,
        }
    }

    /// The caller goes away: the slot is free once its answer has come. Gives back what was there.
    pub(super) fn abandon(&mut self, number: usize) -> Slot<T> {
        match self.slots[number] {
            Slot::Waiting(_) => replace(&mut self.slots[number], Slot::Abandoned),
            _ => self.free(number),
        }
    }

    fn free(&mut self, number: usize) -> Slot<T> {
        replace(&mut self.slots[number], Slot::Free { next: self.free.replace(number) })
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::task::Wake;

    use super::*;

    #[derive(Default)]
    struct Woken(AtomicUsize);

    impl Wake for Woken {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    fn waiting(slots: &mut Slots<&'static str>) -> usize {
        slots.open(Some(Waker::noop().clone()))
    }

    #[test]
    fn an_answer_is_taken_once_and_the_slot_is_used_again() {
        let mut slots = Slots::default();
        let (first, second) = (waiting(&mut slots), waiting(&mut slots));
        assert_ne!(first, second);
        assert_eq!(slots.take(first), None);
        assert!(slots.answer(second, "two").is_some());
        assert!(slots.answer(first, "one").is_some());
        assert_eq!((slots.take(first), slots.take(second)), (Some("one"), Some("two")));
        assert_eq!((waiting(&mut slots), waiting(&mut slots), waiting(&mut slots)), (second, first, 2));
        assert_eq!([slots.take(0), slots.take(1), slots.take(2)], [None; 3]);
    }

    #[test]
    fn a_slot_abandoned_before_its_answer_is_nobodys_until_it_has_come() {
        let mut slots = Slots::default();
        let gone = waiting(&mut slots);
        assert!(matches!(slots.abandon(gone), Slot::Waiting(_)));
        let other = waiting(&mut slots);
        assert_ne!(other, gone);
        assert!(slots.answer(gone, "late").is_none());
        assert_eq!(waiting(&mut slots), gone);
        assert_eq!((slots.take(gone), slots.take(other)), (None, None));
    }

    #[test]
    fn a_slot_abandoned_after_its_answer_is_free_at_once() {
        let mut slots = Slots::default();
        let gone = waiting(&mut slots);
        assert!(slots.answer(gone, "unread").is_some());
        assert!(matches!(slots.abandon(gone), Slot::Answered("unread")));
        assert_eq!((waiting(&mut slots), slots.take(gone)), (gone, None));
    }

    #[test]
    fn an_answer_that_nobody_takes_frees_its_slot() {
        let mut slots = Slots::default();
        let ignored = slots.open(None);
        assert!(slots.answer(ignored, "OK").is_none());
        assert_eq!((waiting(&mut slots), slots.take(ignored)), (ignored, None));
    }

    #[test]
    fn the_last_who_looked_is_woken() {
        let mut slots = Slots::default();
        let (first, last) = (Arc::new(Woken::default()), Arc::new(Woken::default()));
        let number = slots.open(Some(Waker::from(Arc::clone(&first))));
        assert!(slots.attend(number, &Waker::from(Arc::clone(&last))).is_some());
        assert!(slots.attend(number, &Waker::from(Arc::clone(&last))).is_none());
        slots.answer(number, "here").into_iter().for_each(Waker::wake);
        assert_eq!((first.0.load(Ordering::Relaxed), last.0.load(Ordering::Relaxed)), (0, 1));
    }
}
