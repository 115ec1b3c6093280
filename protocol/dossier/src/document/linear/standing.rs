//! What stands at the end of a linear history: at most one writing at a place.

/// Where an operation writes, in the order of a saved document: maps by their maker, keys by their
/// bytes.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord, Clone, Copy)]
pub(super) struct Place<'a> {
    pub(super) object: u32,
    pub(super) key: &'a str,
}

/// The counter of the operation that stands at each place, in the order of places.
#[derive(Debug, Default)]
pub(super) struct Standing<'a>(Vec<(Place<'a>, u32)>);

impl<'a> Standing<'a> {
    /// Notes what stands at a place after all noted before.
    pub(super) fn end(&mut self, place: Place<'a>, counter: u32) {
        self.0.push((place, counter));
    }

    /// What stands at a place; 0 for nothing.
    pub(super) fn at(&self, place: Place<'_>) -> u32 {
        self.find(place).map_or(0, |at| self.0[at].1)
    }

    /// Writes over what stands at a place.
    pub(super) fn write(&mut self, place: Place<'a>, counter: u32) {
        match self.find(place) {
            Ok(at) => self.0[at].1 = counter,
            Err(at) => self.0.insert(at, (place, counter)),
        }
    }

    /// Deletes what stands at a place.
    pub(super) fn delete(&mut self, place: Place<'_>) {
        if let Ok(at) = self.find(place) {
            self.0.remove(at);
        }
    }

    /// The keys of a map at which something stands.
    pub(super) fn keys(&self, object: u32) -> impl Iterator<Item = &'a str> {
        let start = self.0.partition_point(|(place, _)| place.object < object);
        let own = self.0[start..].iter().take_while(move |(place, _)| place.object == object);
        own.map(|(place, _)| place.key)
    }

    /// The operations that stand, in the order of their places.
    pub(super) fn counters(&self) -> impl Iterator<Item = u32> {
        self.0.iter().map(|(_, counter)| *counter)
    }

    fn find(&self, place: Place<'_>) -> Result<usize, usize> {
        self.0.binary_search_by(|(known, _)| known.cmp(&place))
    }
}
