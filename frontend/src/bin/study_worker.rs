//! The worker that tells of a run that stands.

fn main() {
    atrium_frontend::study_worker::start();
}
