//! The worker that runs the engine beside the page.

fn main() {
    atrium_frontend::worker::start();
}
