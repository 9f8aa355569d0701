//! The HTTP server: the front end, the data sets with what is known of them, files that come in. It listens on this machine
//! only, and only its own pages may have it change anything.

mod caches;
mod changes;
mod datasets;
mod frontend;
mod guard;
mod imports;
mod problem;
mod recent;
mod reports;
mod runs;
mod sweeps;

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use atrium_shared::research::backtest::ENGINE_VERSION;
use atrium_shared::surface::api::Health;
use axum::extract::{DefaultBodyLimit, State};
use axum::routing::{delete, get, post, put};
use axum::{Json, Router, middleware};
use tokio::net::TcpListener;
use tower_http::CompressionLevel;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{DefaultPredicate, NotForContentType, Predicate};

use crate::stopping::StopSignals;
use crate::store::Store;
use caches::Caches;
use frontend::Frontend;
use imports::Uploads;

/// How many ports are tried.
const TRIES: u16 = 50;
/// How often forgotten uploads are looked for.
const SWEEP: Duration = Duration::from_secs(60);
/// How long requests under way may take when the server is told to stop.
const GRACE: Duration = Duration::from_secs(3);

/// What requests share. Cloning it is cheap.
#[derive(Debug, Clone)]
pub struct AppState {
    store: Store,
    caches: Arc<Caches>,
    frontend: Arc<Frontend>,
    uploads: Arc<Uploads>,
    decoder: Option<Arc<Path>>,
    /// Held while a sweep is kept.
    keeping: Arc<Mutex<()>>,
}

impl AppState {
    /// Serves a store and the front end built in `frontend_dir`. `decoder` is this program, of which a child decodes Parquet
    /// and SQLite; without it that is done in this process.
    pub fn new(store: Store, frontend_dir: PathBuf, decoder: Option<&Path>) -> Self {
        let uploads = Uploads::new(store.data_dir(), imports::Limits::default());
        Self {
            uploads: Arc::new(uploads),
            store,
            caches: Arc::default(),
            frontend: Arc::new(Frontend::new(frontend_dir)),
            decoder: decoder.map(Arc::from),
            keeping: Arc::default(),
        }
    }

    #[cfg(test)]
    fn with_limits(mut self, limits: imports::Limits) -> Self {
        self.uploads = Arc::new(Uploads::new(self.store.data_dir(), limits));
        self
    }

    fn decoder(&self) -> Option<&Path> {
        self.decoder.as_deref()
    }
}

/// The application: every route behind the guard.
pub fn app(state: AppState) -> Router {
    // bars are compact already, and their ETag stands for these very bytes
    let compressed = DefaultPredicate::new().and(NotForContentType::const_new(datasets::BINARY));
    Router::new()
        .route("/health", get(health))
        .route("/api/datasets", get(datasets::list))
        .route(
            "/api/datasets/{name}",
            get(reports::detail).delete(changes::remove),
        )
        .route("/api/datasets/{name}/bars", get(datasets::bars))
        .route("/api/datasets/{name}/rows", get(reports::rows))
        .route("/api/datasets/{name}/coverage", get(reports::day_by_day))
        .route("/api/datasets/{name}/gaps", get(reports::missing))
        .route("/api/datasets/{name}/quality", get(reports::quality))
        .route("/api/datasets/{name}/export", get(reports::export))
        .route("/api/instruments", get(changes::instruments))
        .route("/api/instruments/{symbol}", put(changes::describe))
        .route("/api/instruments/{symbol}/factors", post(changes::adjust))
        .route(
            "/api/instruments/{symbol}/closures",
            get(changes::closures).put(changes::set_closures),
        )
        .route("/api/imports", post(imports::upload))
        .route(
            "/api/imports/{id}",
            get(imports::status)
                .post(imports::order)
                .delete(imports::cancel),
        )
        .route("/api/runs", get(runs::list).post(runs::save))
        .route("/api/runs/{id}", delete(runs::forget))
        .route(
            "/api/sweeps",
            get(sweeps::list)
                .post(sweeps::keep)
                .layer(DefaultBodyLimit::max(sweeps::MOST_BYTES)),
        )
        .route("/", get(frontend::page))
        .route("/index.html", get(frontend::page))
        .fallback(frontend::file)
        .with_state(state)
        .layer(
            CompressionLayer::new()
                .quality(CompressionLevel::Fastest)
                .compress_when(compressed),
        )
        .layer(middleware::from_fn(guard::check))
}

async fn health() -> Json<Health> {
    Json(Health {
        status: "ok".to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        engine: ENGINE_VERSION.to_owned(),
    })
}

/// Which ports may be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ports {
    /// This one.
    Only(u16),
    /// This one, or the next free one.
    From(u16),
}

/// The server cannot run.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The port cannot be had.
    #[error(
        "port {port} of 127.0.0.1 cannot be used: {source}; choose another with --port, or leave --port out to use the next free one"
    )]
    Port {
        /// The port.
        port: u16,
        /// Why.
        source: io::Error,
    },
    /// No port can be had.
    #[error(
        "no port from {from} to {to} of 127.0.0.1 can be used: {source}; choose another with --port"
    )]
    Ports {
        /// The first port tried.
        from: u16,
        /// The last port tried.
        to: u16,
        /// Why the last one could not be had.
        source: io::Error,
    },
    /// The system refused.
    #[error("the server stopped: {0}")]
    Io(#[from] io::Error),
}

/// Serves until Ctrl-C or SIGTERM. `ready` is told the address as soon as requests are answered.
///
/// # Errors
/// [`ServeError`] where no port can be had or the system refuses.
pub fn serve(
    state: AppState,
    ports: Ports,
    ready: impl FnOnce(SocketAddr) -> io::Result<()>,
) -> Result<(), ServeError> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    let uploads = Arc::clone(&state.uploads);
    imports::clear_abandoned(state.store.data_dir());
    let served = runtime.block_on(async {
        let listener = bind(ports).await?;
        let mut signals = StopSignals::new()?;
        let (stop, stopped) = tokio::sync::oneshot::channel();
        let wait_for_stop = async move {
            signals.next().await;
            let _ = stop.send(());
        };
        ready(listener.local_addr()?)?;
        let serving = axum::serve(listener, app(state)).with_graceful_shutdown(wait_for_stop);
        let forgotten = Arc::clone(&uploads);
        tokio::spawn(async move {
            loop {
                tokio::time::sleep(SWEEP).await;
                forgotten.sweep();
            }
        });
        let grace_is_over = async {
            if stopped.await.is_ok() {
                tokio::time::sleep(GRACE).await;
            } else {
                std::future::pending::<()>().await;
            }
        };
        tokio::select! {
            result = serving.into_future() => Ok(result?),
            () = grace_is_over => Ok(()),
        }
    });
    // an import that goes on is given up: what was stored is as it was
    uploads.close();
    runtime.shutdown_timeout(GRACE);
    served
}

async fn bind(ports: Ports) -> Result<TcpListener, ServeError> {
    let at = |port| TcpListener::bind((Ipv4Addr::LOCALHOST, port));
    let from = match ports {
        Ports::Only(port) => {
            return at(port)
                .await
                .map_err(|source| ServeError::Port { port, source });
        }
        Ports::From(port) => port,
    };
    let to = from.saturating_add(TRIES - 1);
    let mut port = from;
    loop {
        match at(port).await {
            Ok(listener) => return Ok(listener),
            Err(source) if port == to => return Err(ServeError::Ports { from, to, source }),
            Err(error) => {
                tracing::info!("port {port} cannot be used ({error}), trying the next");
                port += 1;
            }
        }
    }
}

/// Runs work that reads files or computes for long off the threads that answer requests.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, problem::Failure> + Send + 'static,
) -> Result<T, problem::Failure> {
    match tokio::task::spawn_blocking(work).await {
        Ok(result) => result,
        Err(_) => Err(problem::Failure::internal()),
    }
}

/// The state of the application as handlers take it.
type App = State<AppState>;

#[cfg(test)]
mod tests;
