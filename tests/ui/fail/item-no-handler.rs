use cors_actix::resource;

struct Orders;

fn main() {
    let _ = resource("/orders").get(Orders);
}
