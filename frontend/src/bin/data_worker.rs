//! The worker that reads a file of the user's beside the page.

fn main() {
    atrium_frontend::data_worker::start();
}
