//! The origins of tenants, in a SQLite file.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rusqlite::{Connection, Result, params};

/// The database; a clone is the same.
#[derive(Clone)]
pub(crate) struct Database(Arc<Mutex<Connection>>);

impl Database {
    /// Opens the file, which is created if it is not there.
    pub(crate) fn open(path: &Path) -> Result<Self> {
        let connection = Connection::open(path)?;
        connection.execute_batch(
            "PRAGMA foreign_keys = ON;
             CREATE TABLE IF NOT EXISTS tenants (name TEXT PRIMARY KEY);
             CREATE TABLE IF NOT EXISTS origins (
                 tenant TEXT NOT NULL REFERENCES tenants (name) ON DELETE CASCADE,
                 origin TEXT NOT NULL,
                 PRIMARY KEY (tenant, origin)
             );",
        )?;
        Ok(Self(Arc::new(Mutex::new(connection))))
    }

    /// Adds tenants with an origin each, if there are none.
    pub(crate) fn seed(&self, tenants: &[(&str, &str)]) -> Result<()> {
        if self.all()?.is_empty() {
            for (tenant, origin) in tenants {
                self.replace(tenant, &[(*origin).to_owned()])?;
            }
        }
        Ok(())
    }

    /// The origins of every tenant.
    pub(crate) fn all(&self) -> Result<BTreeMap<String, Vec<String>>> {
        let connection = self.connection();
        let mut all_rows = connection
            .prepare("SELECT name, origin FROM tenants LEFT JOIN origins ON tenant = name")?;
        let mut all: BTreeMap<String, Vec<String>> = BTreeMap::new();
        let mut rows = all_rows.query([])?;
        while let Some(row) = rows.next()? {
            let list = all.entry(row.get(0)?).or_default();
            list.extend(row.get::<_, Option<String>>(1)?);
        }
        Ok(all)
    }

    /// Replaces the origins of a tenant, which is added if it is not there.
    pub(crate) fn replace(&self, tenant: &str, origins: &[String]) -> Result<()> {
        let mut connection = self.connection();
        let change = connection.transaction()?;
        change.execute("INSERT OR IGNORE INTO tenants VALUES (?1)", params![tenant])?;
        change.execute("DELETE FROM origins WHERE tenant = ?1", params![tenant])?;
        for origin in origins {
            change.execute(
                "INSERT OR IGNORE INTO origins VALUES (?1, ?2)",
                params![tenant, origin],
            )?;
        }
        change.commit()
    }

    /// Removes a tenant with its origins.
    pub(crate) fn remove(&self, tenant: &str) -> Result<()> {
        self.connection().execute("DELETE FROM tenants WHERE name = ?1", params![tenant])?;
        Ok(())
    }

    fn connection(&self) -> MutexGuard<'_, Connection> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
