//! The recipe with origins from a database.

// On the page:
use cors_actix::core::{Config, Element, OriginPattern, Source};
use cors_actix::{Cors, Error};

/// The configuration of `cors.toml` and the environment, and these customers.
fn with_customers(file: &str, customers: &[&str]) -> Config {
    let here = Source::caller();
    let customers = customers.iter().map(|it| Element::plain((*it).to_owned(), here.clone()));
    let customers = customers.collect();
    let config = Config::from_toml(file, "cors.toml").overlay_env(std::env::vars());
    config.set("customers", customers, here)
}

/// Applies the rows that are origins, and returns the others.
fn replace_customers<'r>(cors: &Cors, file: &str, rows: &[&'r str]) -> Result<Vec<&'r str>, Error> {
    let is_origin = |row: &&str| OriginPattern::parse(row).is_ok();
    let (origins, others): (Vec<_>, Vec<_>) = rows.iter().copied().partition(is_origin);
    cors.apply(&with_customers(file, &origins))?;
    Ok(others)
}
// Not on the page.

/// The `Cors` of an application that starts without customers, and gets one.
pub(super) fn cors(file: &str) -> Cors {
    let cors = Cors::new(&with_customers(file, &[])).expect("no customers");
    let rows = ["https://customer.example", "customer.example/shop"];
    let others = replace_customers(&cors, file, &rows).expect("one customer");
    assert_eq!(others, ["customer.example/shop"]);
    cors
}
