//! Configurations of the page with a table of requests: each is answered as the table shows.

use actix_web::test::init_service;
use actix_web::{App, web};
use cors_actix::Cors;
use cors_actix::core::Config;

use super::page::{section, toml_after};
use crate::recipes::{Row, answer, variables};

#[actix_web::test]
async fn requests_in_the_tables_are_answered_as_shown() {
    for heading in ["### A permissive development configuration", "### A public API"] {
        let section = section(heading);
        let config = Config::from_toml(&toml_after(heading).text, "cors.toml");
        let cors = Cors::new(&config.overlay_env(variables(section))).expect("on the page");
        let app = init_service(App::new().default_service(web::to(answer)).wrap(cors)).await;
        let rows = Row::all(section);
        assert!(rows.len() > 2, "{heading}");
        for row in rows {
            assert_eq!(row.run(&app).await, Ok(()), "{heading}");
        }
    }
}
