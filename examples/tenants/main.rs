//! An API for many tenants, each with origins of its own in a database, edited while their pages
//! are open.
//!
//! ```text
//! cargo run --example tenants
//! ```
//!
//! creates a SQLite file in the temporary directory, and prints the addresses of the pages of two
//! tenants. Open both: each reads the orders of both tenants every second, and shows what the
//! browser lets it read. Then change the origins of a tenant, here for port 8080:
//!
//! ```text
//! curl -X PUT http://127.0.0.1:8080/admin/tenants/acme \
//!      -H 'Content-Type: application/json' -d '["http://umbra.localhost:8080"]'
//! curl -X DELETE http://127.0.0.1:8080/admin/tenants/acme
//! ```
//!
//! `--port 0` takes a free port, `--database tenants.db` another file, which is kept. What other
//! programs write to it takes effect within two seconds:
//!
//! ```text
//! sqlite3 tenants.db "INSERT INTO origins VALUES ('acme', 'http://umbra.localhost:8080')"
//! ```

mod database;

use std::net::Ipv4Addr;
use std::path::PathBuf;
use std::time::Duration;
use std::{env, process};

use actix_web::{App, HttpResponse, HttpServer, Responder, delete, get, put, web};
use cors_actix::{Cors, CorsBuilder, cors, rules, set};

use self::database::Database;

/// How often the database is read.
const INTERVAL: Duration = Duration::from_secs(2);

type Result<T = ()> = std::result::Result<T, Box<dyn std::error::Error>>;

/// The origins of a request are those of the tenant in its path.
#[cors(origins = set("tenants", key = "tenant"), credentials)]
#[get("/t/{tenant}/orders")]
async fn orders(tenant: web::Path<String>) -> impl Responder {
    web::Json(vec![format!("an order of {tenant}")])
}

/// Replaces the origins of a tenant. In an application, put it behind authentication.
#[cors(off)]
#[put("/admin/tenants/{tenant}")]
async fn replace(
    tenant: web::Path<String>,
    origins: web::Json<Vec<String>>,
    cors: web::Data<Cors>,
    database: web::Data<Database>,
) -> Result<impl Responder> {
    let (tenant, origins) = (tenant.into_inner(), origins.into_inner());
    let tenants = cors.keyed("tenants")?;
    if let Err(error) = tenants.check(tenant.as_str(), &origins) {
        return Ok(HttpResponse::UnprocessableEntity().body(format!("{error}\n")));
    }
    let saved = (tenant.clone(), origins.clone());
    web::block(move || database.replace(&saved.0, &saved.1)).await??;
    // At once, and not only with the next load of the feed.
    tenants.replace(tenant, origins)?;
    Ok(HttpResponse::NoContent().finish())
}

/// Removes a tenant with its origins: its pages that are open can read nothing any more.
#[cors(off)]
#[delete("/admin/tenants/{tenant}")]
async fn remove(
    tenant: web::Path<String>,
    cors: web::Data<Cors>,
    database: web::Data<Database>,
) -> Result<impl Responder> {
    let removed = tenant.clone();
    web::block(move || database.remove(&removed)).await??;
    cors.keyed("tenants")?.remove(tenant.into_inner())?;
    Ok(HttpResponse::NoContent().finish())
}

/// The counters and the age of the content.
#[get("/metrics")]
async fn metrics(cors: web::Data<Cors>) -> impl Responder {
    cors.metrics()
}

async fn page() -> impl Responder {
    HttpResponse::Ok().content_type("text/html; charset=utf-8").body(include_str!("page.html"))
}

fn policy() -> CorsBuilder {
    Cors::builder()
        .keyed_set("tenants")
        .methods(["GET"])
        .max_age(5)
        // Errors below the path of a tenant are for its pages, too.
        .paths(
            "/t/{tenant}/**",
            rules().origins([set("tenants").with_key("tenant")]).credentials(true),
        )
}

#[actix_web::main]
async fn main() -> Result {
    env_logger::init_from_env(env_logger::Env::default().default_filter_or("cors_actix=warn"));
    let Arguments { port, path } = Arguments::read()?;
    let database = Database::open(&path)?;

    let cors = policy().build()?;
    let data = (web::Data::new(cors.clone()), web::Data::new(database.clone()));
    let (served, wrapped) = (data.clone(), cors.clone());
    let server = HttpServer::new(move || {
        App::new()
            .app_data(served.0.clone())
            .app_data(served.1.clone())
            .service(orders)
            .service(replace)
            .service(remove)
            .service(metrics)
            .route("/", web::get().to(page))
            .wrap(wrapped.clone())
    })
    .workers(2)
    .bind((Ipv4Addr::LOCALHOST, port))?;
    let port = server.addrs()[0].port();

    database.seed(&[
        ("acme", &format!("http://acme.localhost:{port}")),
        ("umbra", &format!("http://umbra.localhost:{port}")),
    ])?;
    let load = move || {
        let database = database.clone();
        async move {
            Ok::<_, Box<dyn std::error::Error + Send + Sync>>(
                web::block(move || database.all()).await??,
            )
        }
    };
    // The database has to be there when the server starts; later, the origins stay as they are
    // while it is not.
    cors.feed("tenants", INTERVAL, load).await?;

    println!("the database is {}", path.display());
    println!("open http://acme.localhost:{port}/ and http://umbra.localhost:{port}/");
    println!("listening on http://127.0.0.1:{port}");
    Ok(server.run().await?)
}

struct Arguments {
    port: u16,
    path: PathBuf,
}

impl Arguments {
    fn read() -> Result<Self> {
        let temporary = env::temp_dir().join(format!("cors-tenants-{}.db", process::id()));
        let mut arguments = Self { port: 8080, path: temporary };
        let mut words = env::args().skip(1);
        while let Some(word) = words.next() {
            let value = words.next().ok_or_else(|| format!("`{word}` needs a value"))?;
            match word.as_str() {
                "--port" => arguments.port = value.parse()?,
                "--database" => arguments.path = value.into(),
                _ => return Err(format!("`{word}` is not known: --port, --database").into()),
            }
        }
        Ok(arguments)
    }
}
