//! The state, as all handlers share it.

use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::visitors::Names;
use crate::world::World;

/// The world and what never changes, shared by all handlers.
pub struct Shared {
    world: Mutex<World>,
    /// `http://host:port`.
    pub base: String,
    /// The value of `dialect` in the configuration.
    pub dialect_name: String,
    /// The names under which it is reached.
    pub names: Names,
}

impl Shared {
    /// Shares a world.
    pub fn new(world: World, base: String, dialect_name: String, names: Names) -> Shared {
        Shared { world: Mutex::new(world), base, dialect_name, names }
    }

    /// The world, locked. A panic elsewhere does not make it unusable.
    pub fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The client's configuration.
    pub fn config_toml(&self) -> String {
        crate::config_text::write(&self.world(), &self.base, &self.dialect_name)
    }
}
