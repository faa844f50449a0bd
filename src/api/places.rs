use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;

/// The connections there are, in total and by address.
pub struct Places {
    total_max: usize,
    address_max: usize,
    taken: Mutex<Taken>,
}

#[derive(Default)]
struct Taken {
    total: usize,
    by_address: HashMap<IpAddr, usize>,
}

/// One connection's place; free again when dropped.
pub struct Place {
    places: Arc<Places>,
    address: IpAddr,
}

impl Places {
    /// So many in total and from one address.
    #[must_use]
    pub fn new(total_max: usize, address_max: usize) -> Self {
        Self {
            total_max,
            address_max,
            taken: Mutex::default(),
        }
    }

    /// A place for a connection from an address, if there is one.
    #[must_use]
    pub fn take(places: &Arc<Self>, address: IpAddr) -> Option<Place> {
        let address = address.to_canonical();
        let mut taken = places.taken.lock().unwrap_or_else(PoisonError::into_inner);
        if taken.total >= places.total_max {
            return None;
        }
        let from_there = taken.by_address.entry(address).or_default();
        if *from_there >= places.address_max {
            return None;
        }
        *from_there += 1;
        taken.total += 1;
        observe(taken.total);
        Some(Place {
            places: Arc::clone(places),
            address,
        })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = self
            .places
            .taken
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        taken.total -= 1;
        observe(taken.total);
        if let Some(count) = taken.by_address.get_mut(&self.address) {
            *count -= 1;
            if *count == 0 {
                taken.by_address.remove(&self.address);
            }
        }
    }
}

fn observe(connections: usize) {
    #[allow(clippy::cast_precision_loss)] // far below 2^52
    metrics::gauge!("schakel_http_connections").set(connections as f64);
}

#[cfg(test)]
#[allow(clippy::unwrap_used)] // a test may stop
mod tests {
    use super::*;

    #[test]
    fn places_are_capped_in_total_and_by_address_and_come_free() {
        let places = Arc::new(Places::new(3, 2));
        let [a, b]: [IpAddr; 2] = ["10.0.0.1", "10.0.0.2"].map(|ip| ip.parse().unwrap());
        let held = [Places::take(&places, a), Places::take(&places, a)];
        assert!(held.iter().all(Option::is_some));
        assert!(Places::take(&places, "::ffff:10.0.0.1".parse().unwrap()).is_none());
        let third = Places::take(&places, b);
        assert!(third.is_some());
        assert!(Places::take(&places, b).is_none(), "the total is reached");
        drop(held);
        assert!(Places::take(&places, a).is_some());
        assert!(!places.taken.lock().unwrap().by_address.contains_key(&a));
    }
}
