//! The page.

fn main() {
    atrium_frontend::start();
}
