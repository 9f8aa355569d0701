//! A worker that runs trials of a sweep.

fn main() {
    atrium_frontend::sweep_worker::start();
}
